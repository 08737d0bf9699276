//! An account as its owner reads it: what is on it, what is set aside, and each line that made it so,
//! with the record behind it. A household's wallet, and what a supplier is owed.

use askama::Template;
use axum::response::Html;
use serde::Deserialize;
use verger_app::EntryCursor;
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::state::Entry;

use super::{Home, ROWS_MAX};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::{Frame, html};
use crate::session::Seat;

/// What stands behind the question mark.
#[derive(Default, Deserialize)]
pub(in crate::page) struct AccountQuery {
    /// The line before which to go on: `seq.leg`.
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "villager/account.html")]
struct AccountPage {
    f: Frame,
    css: &'static str,
    village: u32,
    title: String,
    is_household: bool,
    balance: String,
    available: Option<String>,
    rows: Vec<Row>,
    /// Where the lines go on, below the language.
    next: Option<String>,
}

/// One line of the account.
struct Row {
    seq: u64,
    what: String,
    at: String,
    amount: String,
    is_in: bool,
    balance: String,
}

impl AccountQuery {
    /// The place before which to go on.
    pub(in crate::page) fn cursor(&self) -> Result<Option<EntryCursor>, Fault> {
        self.before.as_deref().map(cursor).transpose()
    }
}

fn cursor(text: &str) -> Result<EntryCursor, Fault> {
    let wrong = || Fault::field("before", "other");
    let (seq, leg) = text.split_once('.').ok_or_else(wrong)?;
    let (seq, leg) = (seq.parse().map_err(|_| wrong())?, leg.parse().map_err(|_| wrong())?);
    Ok(EntryCursor { seq, leg })
}

/// Whose account a page shows, and how.
pub(in crate::page) struct Ledger {
    pub(in crate::page) key: AccountKey,
    /// Its address below the language.
    pub(in crate::page) page: &'static str,
    /// The message above the balance.
    pub(in crate::page) balance: &'static str,
    /// Whether the other pages of a household are linked below it.
    pub(in crate::page) is_household: bool,
}

/// `GET /{lang}/me/account`
pub(super) async fn show(
    seat: Seat,
    Asked(query): Asked<AccountQuery>,
) -> Result<Html<String>, Fault> {
    let home = Home::of(&seat).await?;
    let key = AccountKey::party(Code::WALLET, home.household);
    let ledger = Ledger { key, page: "me/account", balance: "me-balance", is_household: true };
    page(&seat, &query, ledger).await
}

/// What stands on an account, and each line of it.
pub(in crate::page) async fn page(
    seat: &Seat,
    query: &AccountQuery,
    ledger: Ledger,
) -> Result<Html<String>, Fault> {
    let before = query.cursor()?;
    let (now, village) = (seat.app().now().at, seat.village);
    let id = AccountId { village, key: ledger.key };
    let found = seat.app().ask(village, move |reader, cell| {
        let account = reader.account_at(cell, id, now)?;
        let entries = reader.statement(cell, id, before, ROWS_MAX)?;
        let mut lines = Vec::with_capacity(entries.len());
        for entry in entries {
            let kind = reader.record(cell, entry.seq)?.map(|row| row.kind).unwrap_or_default();
            lines.push((entry, kind));
        }
        Ok((account, lines))
    });
    let (account, lines) = found.await?;
    // It is owed to its owner: what stands on its credit side is his.
    let balance_minor =
        account.as_ref().map_or(0, |account| account.balance_minor().saturating_neg());
    let held_minor = account.as_ref().map_or(0, |account| account.debits_pending);
    let last = lines.last().map(|(entry, _)| format!("{}.{}", entry.seq, entry.leg));
    let is_full = lines.len() == usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    html(&AccountPage {
        f: Frame::seated(seat, "me-account", ledger.page),
        css: super::super::store::STYLE,
        village: village.number(),
        title: seat.lang.t(ledger.balance),
        is_household: ledger.is_household,
        balance: seat.money(balance_minor),
        available: (held_minor > 0).then(|| seat.money(balance_minor.saturating_sub(held_minor))),
        rows: lines.iter().map(|(entry, kind)| row(seat, entry, kind)).collect(),
        next: last.filter(|_| is_full).map(|last| format!("{}?before={last}", ledger.page)),
    })
}

fn row(seat: &Seat, entry: &Entry, kind: &str) -> Row {
    let key = format!("kind-{}", kind.replace(['.', '_'], "-"));
    let in_minor = entry.amount_minor.saturating_neg();
    let sign = if in_minor > 0 { "+" } else { "" };
    Row {
        seq: entry.seq,
        what: if seat.lang.has(&key) { seat.lang.t(&key) } else { kind.to_owned() },
        at: seat.moment(entry.at),
        amount: format!("{sign}{}", seat.money(in_minor)),
        is_in: in_minor > 0,
        balance: seat.money(entry.balance_minor.saturating_neg()),
    }
}
