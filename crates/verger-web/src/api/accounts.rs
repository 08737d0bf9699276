//! Accounts: list, show, open, statement.

use axum::Json;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::EntryCursor;
use verger_domain::Body;
use verger_domain::ledger::AccountId;
use verger_domain::state::Entry;

use super::Done;
use super::villages::Paging;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, Input, Key, LedgerWrite, Read, account, page_size};
use crate::text::rfc3339;
use verger_shapes::{AccountShape, Page, Recorded};

/// An account to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"account": "2040:0199f0c2a8b47c0e8000000000000009", "label": "O-1001"}))]
pub(crate) struct NewAccount {
    /// Its key; one that no registration opens, such as escrow, pool or loan.
    account: String,
    /// What people call it.
    label: String,
}

/// The place in a statement.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementQuery {
    /// Only what is older than this place: the `next` of the page before.
    before: Option<String>,
    /// How many lines at most, 1 to 200; 50 when absent.
    limit: Option<u32>,
}

/// A line of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementLine {
    /// The record that moved it.
    #[schema(example = 42)]
    seq: u64,
    /// Which leg of the record.
    #[schema(example = 1)]
    leg: u32,
    /// How much, debit positive, in minor units.
    #[schema(example = -12_500)]
    amount_minor: i64,
    /// The balance after it, debit positive, in minor units.
    #[schema(example = -12_500)]
    balance_minor: i64,
    /// The day it takes effect.
    effective_on: String,
    /// When it was recorded (RFC 3339, UTC).
    at: String,
}

impl From<Entry> for StatementLine {
    fn from(entry: Entry) -> Self {
        Self {
            seq: entry.seq,
            leg: entry.leg,
            amount_minor: entry.amount_minor,
            balance_minor: entry.balance_minor,
            effective_on: entry.effective_on.to_string(),
            at: rfc3339(entry.at),
        }
    }
}

/// Lists the accounts of a village in order of their keys.
#[utoipa::path(get, path = "/api/v1/villages/{village}/accounts", tag = "Accounts",
    params(("village" = u32, Path, description = "The village's number"), Paging), responses(
    (status = 200, description = "A page of accounts", body = Page<AccountShape>),
    (status = 422, description = "`invalid_field`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    desk: Desk<Read>,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<AccountShape>>, Fault> {
    let (village, limit) = (desk.village, page_size(paging.limit)?);
    let after = paging.after.as_deref().map(|text| account("after", text)).transpose()?;
    let at = desk.app().now().at;
    let accounts = desk.app().ask(village, move |reader, cell| {
        let mut accounts = reader.accounts(cell, village, after, limit)?;
        for account in &mut accounts {
            let has_holds = account.debits_pending != 0 || account.credits_pending != 0;
            if has_holds && let Some(corrected) = reader.account_at(cell, account.id, at)? {
                *account = corrected;
            }
        }
        Ok(accounts)
    });
    Ok(Json(Page::new(accounts.await?, limit, |account| account.id.key.to_string())))
}

/// Opens an account that no registration opens.
#[utoipa::path(post, path = "/api/v1/villages/{village}/accounts", tag = "Accounts",
    params(("village" = u32, Path, description = "The village's number")),
    request_body = NewAccount, responses(
    (status = 201, description = "Open; `Location` is its address", body = Recorded),
    (status = 409, description = "`account_exists`", body = Problem,
        content_type = "application/problem+json"),
    (status = 422, description = "A field or a rule", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn open(
    desk: Desk<LedgerWrite>,
    key: Key,
    Input(new): Input<NewAccount>,
) -> Result<Done<Recorded>, Fault> {
    let account = account("account", &new.account)?;
    let receipt = desk.submit(key, Body::OpenAccount { account, label: new.label }).await?;
    let location = format!("/api/v1/villages/{}/accounts/{account}", desk.village);
    Ok(Done::created(&receipt, location, Recorded::new(&receipt, Some(account.to_string()))))
}

/// Shows an account as of now.
#[utoipa::path(get, path = "/api/v1/villages/{village}/accounts/{account}", tag = "Accounts",
    params(("village" = u32, Path, description = "The village's number"),
        ("account" = String, Path, description = "The account's key")), responses(
    (status = 200, description = "The account", body = AccountShape),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(desk: Desk<Read>) -> Result<Json<AccountShape>, Fault> {
    let id = account_of(&desk)?;
    let at = desk.app().now().at;
    let found =
        desk.app().ask(desk.village, move |reader, cell| reader.account_at(cell, id, at)).await?;
    Ok(Json(found.ok_or_else(|| Fault::not_found("account"))?.into()))
}

fn account_of(desk: &Desk<Read>) -> Result<AccountId, Fault> {
    let key = desk.param("account").parse().map_err(|_| Fault::not_found("account"))?;
    Ok(AccountId { village: desk.village, key })
}

/// Lists what moved an account, newest first.
#[utoipa::path(get, path = "/api/v1/villages/{village}/accounts/{account}/statement",
    tag = "Accounts",
    params(("village" = u32, Path, description = "The village's number"),
        ("account" = String, Path, description = "The account's key"), StatementQuery), responses(
    (status = 200, description = "A page of lines", body = Page<StatementLine>),
    (status = 404, description = "`not_found`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn statement(
    desk: Desk<Read>,
    Asked(query): Asked<StatementQuery>,
) -> Result<Json<Page<StatementLine>>, Fault> {
    let (id, limit) = (account_of(&desk)?, page_size(query.limit)?);
    let before = match &query.before {
        Some(text) => Some(cursor(text).ok_or_else(|| Fault::field("before", "cursor"))?),
        None => None,
    };
    let lines = desk.app().ask(desk.village, move |reader, cell| {
        let is_open = reader.account(cell, id)?.is_some();
        let lines = if is_open { reader.statement(cell, id, before, limit)? } else { Vec::new() };
        Ok(is_open.then_some(lines))
    });
    let lines = lines.await?.ok_or_else(|| Fault::not_found("account"))?;
    Ok(Json(Page::new(lines, limit, |entry| format!("{}.{}", entry.seq, entry.leg))))
}

fn cursor(text: &str) -> Option<EntryCursor> {
    let (seq, leg) = text.split_once('.')?;
    // The database counts in 63 bits; nothing lies above.
    let seq = seq.parse().ok().filter(|seq| i64::try_from(*seq).is_ok())?;
    Some(EntryCursor { seq, leg: leg.parse().ok()? })
}
