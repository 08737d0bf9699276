//! The journal as pages: the latest records, and one record to the byte. Records hold no names.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_app::{JournalRow, Reader};
use verger_domain::codec::to_hex;

use super::{Frame, html, lang_of};
use crate::Web;
use crate::api::journal::seq_of;
use crate::fault::Fault;
use crate::input::village_of;
use crate::text::Lang;

#[derive(Template)]
#[template(path = "journal.html")]
struct JournalPage {
    f: Frame,
    rows: Vec<Row>,
}

struct Row {
    seq: u64,
    at: String,
    kind: String,
    is_refused: bool,
    chain: String,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    f: Frame,
    row: Row,
    payload: String,
    payload_hash: String,
    chain: String,
    previous: Option<u64>,
}

/// `GET /{lang}/v/{village}/journal`
pub(super) async fn list(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
) -> Result<Html<String>, Fault> {
    const SHOWN: u32 = 50;
    /// A quiet village's records are looked for so far back in the journal that it shares, and no
    /// further: everybody may ask for this page.
    const LOOKED_BACK: u64 = 2_000;
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    // Neighbours share a cell and its journal: only the village's own is shown.
    let own = move |reader: &mut Reader, cell| {
        let after = reader.head(cell)?.seq.saturating_sub(LOOKED_BACK);
        reader.journal_of((cell, id), "", after, SHOWN)
    };
    let latest = web.app().ask(id, own).await?;
    let rows = latest.iter().map(|stored| row(&web, lang, stored)).collect();
    html(&JournalPage { f: Frame::of(&web, lang, &village, ("journal-title", "journal")), rows })
}

/// `GET /{lang}/v/{village}/journal/{seq}`
pub(super) async fn one(
    State(web): State<Web>,
    Path((tag, number, seq)): Path<(String, String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id, seq) = (lang_of(&tag)?, village_of(&number)?, seq_of(&seq)?);
    let village = web.village(id).await?;
    let found = web.app().ask(id, move |reader, cell| reader.record(cell, seq)).await?;
    let found = found.filter(|row| row.village == id);
    let stored = found.ok_or_else(|| Fault::not_found("record"))?;
    let tree: serde_json::Value = serde_json::from_slice(&stored.payload).unwrap_or_default();
    let mut f = Frame::of(&web, lang, &village, ("journal-title", &format!("journal/{seq}")));
    f.title = lang.with("record-title", &[("seq", seq.to_string().into())]);
    html(&RecordPage {
        f,
        row: row(&web, lang, &stored),
        payload: serde_json::to_string_pretty(&tree).unwrap_or_default(),
        payload_hash: to_hex(&stored.payload_hash),
        chain: to_hex(&stored.chain),
        previous: seq.checked_sub(1).filter(|seq| *seq > 0),
    })
}

fn row(web: &Web, lang: Lang, stored: &JournalRow) -> Row {
    let key = format!("kind-{}", stored.kind.replace(['_', '.'], "-"));
    let chain = to_hex(&stored.chain);
    Row {
        seq: stored.seq,
        at: lang.moment(stored.at, web.app().calendar()),
        kind: if lang.has(&key) { lang.t(&key) } else { stored.kind.clone() },
        is_refused: stored.is_refused(),
        chain: chain.get(..12).unwrap_or_default().to_owned(),
    }
}
