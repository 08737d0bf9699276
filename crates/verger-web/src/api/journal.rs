//! The journal, record by record, as the chain seals it.

use axum::http::header;
use axum::response::IntoResponse;
use utoipa::ToSchema;
use verger_domain::codec::to_hex;

use crate::fault::{Fault, Problem};
use crate::input::{Desk, Read};

/// A record with its hashes. Only for the description: the payload is sent to the byte.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes bytes that are written by hand")]
pub(crate) struct JournalShape {
    /// Its number in the cell.
    #[schema(example = 42)]
    seq: u64,
    /// The record to the byte: canonical JSON, sorted keys, no spaces.
    payload: serde_json::Value,
    /// The SHA-256 of the payload's bytes.
    payload_hash: String,
    /// The chain after this record: SHA-256 of the chain before it and the payload's hash.
    chain: String,
}

/// Shows a record of the village's journal with its hashes.
#[utoipa::path(get, path = "/api/v1/villages/{village}/journal/{seq}", tag = "Ledger",
    params(("village" = u32, Path, description = "The village's number"),
        ("seq" = u64, Path, description = "The record's number")), responses(
    (status = 200, description = "The record", body = JournalShape),
    (status = 404, description = "`not_found`, also for a record of another village",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<impl IntoResponse, Fault> {
    let seq = seq_of(desk.param("seq"))?;
    let village = desk.village;
    let found = desk.app().ask(village, move |reader, cell| reader.record(cell, seq)).await?;
    let found = found.filter(|row| row.village == village);
    let row = found.ok_or_else(|| Fault::not_found("record"))?;
    // Not through a JSON tree: whoever checks the hash needs the payload to the byte.
    let mut body = format!(r#"{{"seq":{seq},"payload":"#).into_bytes();
    body.extend_from_slice(&row.payload);
    let (hash, chain) = (to_hex(&row.payload_hash), to_hex(&row.chain));
    body.extend_from_slice(format!(r#","payload_hash":"{hash}","chain":"{chain}"}}"#).as_bytes());
    Ok(([(header::CONTENT_TYPE, "application/json")], body))
}

/// The number of a record in an address. The database counts in 63 bits; nothing lies above.
pub(crate) fn seq_of(text: &str) -> Result<u64, Fault> {
    let seq = text.parse().ok().filter(|seq| i64::try_from(*seq).is_ok());
    seq.ok_or_else(|| Fault::not_found("record"))
}
