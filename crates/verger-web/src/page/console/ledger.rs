//! The ledger: from a figure to its accounts, from an account to its entries, from an entry to the
//! record of the journal, in three steps.

use axum::response::Html;
use serde::Deserialize;
use verger_app::EntryCursor;
use verger_domain::id::PartyId;
use verger_domain::ledger::chart::OwnedBy;
use verger_domain::ledger::period::off_by_minor;
use verger_domain::ledger::{Account, AccountId, AccountKey, Code};

use super::grid::{Grid, Page, Td};
use super::{ROWS_MAX, counter};
use crate::fault::Fault;
use crate::input::Asked;
use crate::session::Seat;

/// Where a list goes on.
#[derive(Default, Deserialize)]
pub(super) struct PlaceQuery {
    /// Accounts: how many come before.
    from: Option<u32>,
    /// Entries: only those before this record,
    seq: Option<u64>,
    /// and this leg of it.
    leg: Option<u32>,
}

/// An amount on the side on which a code normally stands, so that what is owed reads as a number.
fn shown(seat: &Seat, code: Code, minor: i64) -> String {
    let is_credit = code.row().class.is_credit_normal();
    seat.money(if is_credit { minor.saturating_neg() } else { minor })
}

fn name_of(seat: &Seat, code: Code) -> String {
    seat.lang.t(&format!("chart-{}", code.number()))
}

/// `GET /{lang}/console/ledger`: the trial balance.
pub(super) async fn balance(seat: Seat) -> Result<Html<String>, Fault> {
    let village = seat.village;
    let balance = seat.app().trial_balance(village).await?;
    let mut page = Page::new(&seat, "ledger", "ledger");
    let off = i64::try_from(off_by_minor(balance.values().copied())).unwrap_or(i64::MAX);
    page.lead = format!("{}: {}", seat.lang.t("state-off-by"), seat.money(off));
    let row = |(code, minor): (&Code, &i64)| {
        let link = seat.to(&format!("console/ledger/{}", code.number()));
        vec![
            Td::text(name_of(&seat, *code)).to(link),
            Td::text(code.number().to_string()),
            Td::number(shown(&seat, *code, *minor)),
        ]
    };
    let rows = balance.iter().map(row).collect();
    let heads = ["books-account", "books-code", "books-balance"];
    page.grids.push(Grid::new(&seat, "", &heads, rows));
    let journal = seat.to(&format!("v/{village}/journal"));
    page.tools.push((seat.lang.t("journal-title"), journal));
    page.show()
}

/// `GET /{lang}/console/ledger/{code}`: the accounts of a code, the largest first.
pub(super) async fn accounts(
    seat: Seat,
    Asked(asked): Asked<PlaceQuery>,
) -> Result<Html<String>, Fault> {
    let number: u16 = seat.param("code").parse().map_err(|_| Fault::not_found("account"))?;
    let code = Code::new(number).ok_or_else(|| Fault::not_found("account"))?;
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let mut all = Vec::new();
        let mut after = Some(AccountKey { code, owner: 0 });
        // The account of the village itself has no owner and is asked for by itself.
        if let Some(key) = after {
            all.extend(reader.account(cell, AccountId { village, key })?);
        }
        loop {
            let page = reader.accounts(cell, village, after, ACCOUNTS_READ)?;
            let is_last = page.len() < usize::try_from(ACCOUNTS_READ).unwrap_or(usize::MAX);
            let is_over = page.iter().any(|account| account.id.key.code != code);
            after = page.last().map(|account| account.id.key);
            all.extend(page.into_iter().filter(|account| account.id.key.code == code));
            if is_last || is_over {
                return Ok(all);
            }
        }
    });
    let mut all: Vec<Account> = found.await?;
    all.sort_by_key(|account| std::cmp::Reverse(posted_minor(account).unsigned_abs()));
    let count = all.len();
    let size = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let from = usize::try_from(asked.from.unwrap_or(0)).unwrap_or(usize::MAX);
    let mut all: Vec<Account> = all.into_iter().skip(from).collect();
    let has_more = all.len() > size;
    all.truncate(size);
    let is_party = code.row().owner == OwnedBy::Party;
    let owner = |account: &Account| PartyId::from_bits(account.id.key.owner);
    let owners = all.iter().filter(|_| is_party).map(owner).collect();
    let known = counter::names(&seat, owners).await?;
    let row = |account: &Account| {
        let who = known.get(&owner(account)).map(|who| format!("{} {}", who.name, who.code));
        let name = who.unwrap_or_else(|| match account.label.as_str() {
            "" => name_of(&seat, code),
            label => label.to_owned(),
        });
        let link = seat.to(&format!("console/accounts/{}", account.id.key));
        vec![Td::text(name).to(link), Td::number(shown(&seat, code, posted_minor(account)))]
    };
    let mut page = Page::new(&seat, "ledger", &format!("ledger/{number}"));
    page.title(name_of(&seat, code));
    let whole = seat.lang.number(i64::try_from(count).unwrap_or(i64::MAX));
    page.lead = format!("{}: {whole}", seat.lang.t("ledger-accounts"));
    let rows = all.iter().map(row).collect();
    let next = has_more.then(|| format!("ledger/{number}?from={}", from.saturating_add(size)));
    let grid = Grid::new(&seat, "", &["books-account", "books-balance"], rows);
    page.grids.push(grid.more(&seat, next));
    page.show()
}

/// Accounts read at once.
const ACCOUNTS_READ: u32 = 1_000;

fn posted_minor(account: &Account) -> i64 {
    account.debits_posted.saturating_sub(account.credits_posted)
}

/// `GET /{lang}/console/accounts/{account}`: the entries of an account, the newest first.
pub(super) async fn statement(
    seat: Seat,
    Asked(asked): Asked<PlaceQuery>,
) -> Result<Html<String>, Fault> {
    let key: AccountKey = seat.param("account").parse().map_err(|_| Fault::not_found("account"))?;
    let village = seat.village;
    let id = AccountId { village, key };
    let found = seat.app().ask(village, move |reader, cell| {
        let before = asked.seq.map(|seq| EntryCursor { seq, leg: asked.leg.unwrap_or(0) });
        Ok((reader.account(cell, id)?, reader.statement(cell, id, before, ROWS_MAX)?))
    });
    let (account, entries) = found.await?;
    let account = account.ok_or_else(|| Fault::not_found("account"))?;
    let code = key.code;
    let known = counter::names(&seat, vec![PartyId::from_bits(key.owner)]).await?;
    let who = known.into_values().next().map(|who| format!("{} {}", who.name, who.code));
    let mut page = Page::new(&seat, "ledger", &format!("accounts/{key}"));
    page.f_back(&format!("ledger/{}", code.number()));
    let owner = who.unwrap_or_else(|| account.label.clone());
    page.lead = format!(
        "{} {owner} · {}: {}",
        name_of(&seat, code),
        seat.lang.t("books-balance"),
        shown(&seat, code, posted_minor(&account))
    );
    let row = |entry: &verger_domain::state::Entry| {
        let link = seat.to(&format!("v/{village}/journal/{}", entry.seq));
        vec![
            Td::text(entry.seq.to_string()).to(link),
            Td::text(seat.moment(entry.at)),
            Td::number(shown(&seat, code, entry.amount_minor)),
            Td::number(shown(&seat, code, entry.balance_minor)),
        ]
    };
    let heads = ["journal-number", "journal-when", "field-amount", "books-balance"];
    let is_full = entries.len() >= usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let older = entries.last().filter(|_| is_full);
    let older = older.map(|last| format!("accounts/{key}?seq={}&leg={}", last.seq, last.leg));
    let grid = Grid::new(&seat, "", &heads, entries.iter().map(row).collect());
    page.grids.push(grid.more(&seat, older));
    page.show()
}
