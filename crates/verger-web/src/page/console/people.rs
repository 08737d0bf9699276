//! Counters, who works here, and how somebody new comes in.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::response::{Html, Response};
use verger_app::{PartyFilter, PartyView, Role};
use verger_domain::Body;
use verger_domain::id::PartyId;
use verger_domain::market::{Till, TillPhase};
use verger_domain::party::{Duty, Office, Party, PartyKind, Profile};

use super::grid::{Grid, ListQuery, Page, Td, older};
use super::{DECIDES, ROWS_MAX, counter, wrong};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Asked;
use crate::page::shown_name;
use crate::session::{Seat, see};
use crate::text::Lang;

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

/// Who is let in on the page; households come from a list, with their members.
const NEW: [Role; 7] = [
    Role::Agent,
    Role::Supplier,
    Role::Carrier,
    Role::Cooperative,
    Role::Operator,
    Role::Auditor,
    Role::Programme,
];

/// The form for somebody new.
#[derive(Template)]
#[template(path = "console/new-person.html")]
struct NewPerson {
    lang: Lang,
    key: String,
    /// The names of roles, and what they are called.
    roles: Vec<(&'static str, String)>,
}

impl NewPerson {
    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
}

/// `GET /{lang}/console/users`: who works here, and what he may do.
pub(super) async fn users(seat: Seat) -> Result<Html<String>, Fault> {
    users_page(&seat).await?.show()
}

/// `POST /{lang}/console/users`: somebody new.
pub(super) async fn add(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let done = async {
        let (key, code) = (fields.key()?, fields.needed("new_code")?.to_uppercase());
        let role = NEW.into_iter().find(|role| role.name() == fields.text("role"));
        let (kind, office) = match role.ok_or_else(|| Fault::field("role", "word"))? {
            Role::Agent => (PartyKind::Agent, None),
            Role::Supplier => (PartyKind::Supplier, None),
            Role::Carrier => (PartyKind::Carrier, None),
            Role::Cooperative => (PartyKind::Cooperative, None),
            Role::Auditor => (PartyKind::Staff, Some(Office::Auditor)),
            Role::Programme => (PartyKind::Staff, Some(Office::Programme)),
            Role::Operator | Role::Member => (PartyKind::Staff, None),
        };
        let party = Party {
            certified: BTreeSet::new(),
            code: code.parse().map_err(|_| Fault::field("new_code", "code"))?,
            duty: Duty { office, ..Duty::default() },
            household: None,
            id: PartyId::from_bytes(seat.derived("party", key)),
            kind,
            village: seat.village,
        };
        let (name, name_latin) = (fields.needed("person_name")?, fields.needed("person_latin")?);
        let profile = Profile {
            facts: BTreeMap::new(),
            name: name.to_owned(),
            name_latin: name_latin.to_owned(),
            // From the key, so that a form sent twice is the same command.
            salt: seat.app().secret().digest("salt", &[&key.0.to_bytes()]),
        };
        seat.submit(key, Body::RegisterParty { party, profile }).await?;
        Ok(code)
    };
    match done.await {
        Ok(code) => Ok(see(&seat.to(&format!("console/users/{code}")))),
        Err(fault) => wrong(&seat, fault, users_page(&seat).await?),
    }
}

async fn users_page(seat: &Seat) -> Result<Page, Fault> {
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
    let mut page = Page::new(seat, "users", "users");
    let heads = ["user-name", "field-new-code", "field-role", "needs-state"];
    page.grids.push(Grid::new(seat, "", &heads, people.iter().map(row).collect()));
    if DECIDES.contains(&seat.role) {
        let roles = NEW.map(|role| (role.name(), lang.t(&format!("role-{}", role.name()))));
        let form = NewPerson { lang, key: seat.new_key(), roles: roles.into() };
        page.card_below = form.render().ok();
    }
    Ok(page)
}
