//! Counters, and who works here.

use axum::response::Html;
use verger_app::{PartyFilter, PartyView, Role};
use verger_domain::ledger::AccountKey;
use verger_domain::market::{Till, TillPhase};
use verger_domain::party::PartyKind;

use super::grid::{Grid, ListQuery, Page, Td, older};
use super::{ROWS_MAX, counter};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::shown_name;
use crate::session::Seat;

/// `GET /{lang}/console/counters`: each session of each drawer, the newest first.
pub(super) async fn counters(
    seat: Seat,
    Asked(query): Asked<ListQuery>,
) -> Result<Html<String>, Fault> {
    let (lang, village, before) = (seat.lang, seat.village, query.before()?);
    let phases = [TillPhase::Open, TillPhase::Closed, TillPhase::Reconciled].map(TillPhase::name);
    let found = seat.app().ask(village, move |reader, cell| {
        reader.latest::<Till>((cell, village), &phases, before, ROWS_MAX)
    });
    let tills = found.await?;
    let known = counter::names(&seat, tills.iter().map(|till| till.agent).collect()).await?;
    let row = |till: &Till| {
        let state = lang.phase(till.phase.name());
        let mark = if till.gap_minor == 0 { "ok" } else { "no" };
        vec![
            Td::text(seat.moment(till.opened_at))
                .to(seat.to(&format!("console/tills/{}", till.id))),
            known.get(&till.agent).map(|who| who.cell(&seat)).unwrap_or_default(),
            Td::mark(state, mark),
            Td::number(seat.money(till.gap_minor)),
        ]
    };
    let mut page = Page::new(&seat, "counters", "counters");
    let heads = ["day-opened-at", "shop-agent", "needs-state", "till-gap"];
    let grid = Grid::new(&seat, "", &heads, tills.iter().map(row).collect());
    page.grids.push(grid.more(&seat, older(&tills, "counters?")));
    page.show()
}

/// `GET /{lang}/console/users`: who works here, and what he may do.
pub(super) async fn users(seat: Seat) -> Result<Html<String>, Fault> {
    let (lang, village) = (seat.lang, seat.village);
    let found = seat.app().ask(village, move |reader, cell| {
        let mut people = Vec::new();
        let kinds = [
            PartyKind::Staff,
            PartyKind::Agent,
            PartyKind::Cooperative,
            PartyKind::Supplier,
            PartyKind::Carrier,
        ];
        for kind in kinds {
            let filter = PartyFilter { kind: Some(kind), ..PartyFilter::default() };
            for view in reader.parties(cell, village, &filter, ROWS_MAX)? {
                let has_secret = reader.pin(cell, view.party.id)?.is_some();
                people.push((view, has_secret));
            }
        }
        Ok(people)
    });
    let people = found.await?;
    let row = |(view, has_secret): &(PartyView, bool)| {
        let role = Role::of(&view.party).map_or("", Role::name);
        let (key, mark) = match (view.party.duty.is_suspended, has_secret) {
            (true, _) => ("user-suspended", "no"),
            (false, true) => ("user-signs-in", "ok"),
            (false, false) => ("user-no-secret", "wait"),
        };
        vec![
            Td::text(shown_name(lang, view))
                .to(seat.to(&format!("console/users/{}", view.party.code))),
            Td::text(view.party.code.to_string()),
            Td::text(lang.t(&format!("role-{role}"))),
            Td::mark(lang.t(key), mark),
        ]
    };
    let mut page = Page::new(&seat, "users", "users");
    let heads = ["goods-name", "sign-in-code", "session-role", "needs-state"];
    page.grids.push(Grid::new(&seat, "", &heads, people.iter().map(row).collect()));
    page.show()
}

/// `GET /{lang}/console/users/{party}`: one person or firm, its modules and its accounts.
pub(super) async fn user(seat: Seat) -> Result<Html<String>, Fault> {
    let (lang, village) = (seat.lang, seat.village);
    let id = seat.party("party", seat.param("party")).await?;
    let found = seat.app().ask(village, move |reader, cell| {
        let Some(view) = reader.party(cell, id)? else { return Ok(None) };
        let mut accounts = Vec::new();
        for code in view.party.kind.accounts() {
            let key = AccountKey::party(*code, id);
            let account = verger_domain::ledger::AccountId { village, key };
            accounts.extend(reader.account(cell, account)?);
        }
        Ok(Some((view, accounts)))
    });
    let (view, accounts) = found.await?.ok_or_else(|| Fault::not_found("party"))?;
    let mut page = Page::new(&seat, "users", &format!("users/{}", view.party.code));
    page.title(shown_name(lang, &view));
    let modules: Vec<String> = view.party.certified.iter().map(|m| format!("{m:?}")).collect();
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let mut facts = vec![fact("sign-in-code", view.party.code.to_string())];
    if let Some(role) = Role::of(&view.party) {
        facts.push(fact("session-role", lang.t(&format!("role-{}", role.name()))));
    }
    if !modules.is_empty() {
        facts.push(fact("user-modules", modules.join(", ")));
    }
    let duty = view.party.duty;
    facts.extend(duty.probation_until.map(|day| fact("user-probation", lang.date(day))));
    page.grids.push(Grid::new(&seat, "", &["fact-name", "fact-value"], facts));
    if view.party.kind == PartyKind::Household {
        let of = |name: &str| {
            (
                lang.t(&format!("console-{name}")),
                seat.to(&format!("console/{name}/{}", view.party.code)),
            )
        };
        page.tools = ["trust", "loans"].map(of).into();
    }
    let rows = accounts.iter().map(|account| {
        let code = account.id.key.code;
        let minor = account.owned_minor();
        let link = seat.to(&format!("console/accounts/{}", account.id.key));
        vec![
            Td::text(lang.t(&format!("chart-{}", code.number()))).to(link),
            Td::number(seat.money(minor)),
        ]
    });
    let heads = ["books-account", "books-balance"];
    page.grids.push(Grid::new(&seat, "user-accounts", &heads, rows.collect()));
    page.show()
}
