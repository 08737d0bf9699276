//! One person or firm: what it may do, its accounts, and what the staff decides about it.

use std::collections::BTreeSet;

use askama::Template;
use axum::response::{Html, IntoResponse, Response};
use verger_app::sign_in::SignIn;
use verger_app::{AppError, PartyView, Role};
use verger_domain::Body;
use verger_domain::ledger::{Account, AccountId, AccountKey};
use verger_domain::party::{Duty, Module, PartyKind};

use super::grid::{Act, Grid, Page, Td};
use super::{DECIDES, wrong};
use crate::fault::Fault;
use crate::form::Fields;
use crate::page::shown_name;
use crate::session::{Seat, see};
use crate::text::Lang;

/// The form in which the staff says what an agent has learnt.
#[derive(Template)]
#[template(path = "console/modules.html")]
struct Modules {
    lang: Lang,
    key: String,
    /// The name of each, what it teaches, and whether it was passed.
    all: Vec<(String, String, bool)>,
}

/// A first PIN or password, shown once.
#[derive(Template)]
#[template(path = "console/secret.html")]
struct FirstSecret {
    lang: Lang,
    text: String,
    one_time_key: Option<String>,
}

impl Modules {
    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
}

impl FirstSecret {
    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
}

/// What the page shows of somebody.
struct Person {
    view: PartyView,
    accounts: Vec<Account>,
    has_secret: bool,
}

async fn person(seat: &Seat) -> Result<Person, Fault> {
    let village = seat.village;
    let id = seat.party("party", seat.param("party")).await?;
    let found = seat.app().ask(village, move |reader, cell| {
        let Some(view) = reader.party(cell, id)? else { return Ok(None) };
        let mut accounts = Vec::new();
        for code in view.party.kind.accounts() {
            let key = AccountKey::party(*code, id);
            accounts.extend(reader.account(cell, AccountId { village, key })?);
        }
        Ok(Some(Person { view, accounts, has_secret: reader.pin(cell, id)?.is_some() }))
    });
    found.await?.ok_or_else(|| Fault::not_found("party"))
}

/// The name of a module in forms and texts.
fn name_of(module: Module) -> String {
    format!("{module:?}")
}

fn taught(lang: Lang, module: Module) -> String {
    lang.t(&format!("module-{}", name_of(module).to_lowercase()))
}

fn page(seat: &Seat, person: &Person) -> Page {
    let (lang, party) = (seat.lang, &person.view.party);
    let mut page = Page::new(seat, "users", &format!("users/{}", party.code));
    page.title(shown_name(lang, &person.view));
    let fact = |key: &str, value: String| vec![Td::text(lang.t(key)), Td::text(value)];
    let mut facts = vec![fact("field-new-code", party.code.to_string())];
    if let Some(role) = Role::of(party) {
        facts.push(fact("field-role", lang.t(&format!("role-{}", role.name()))));
    }
    let modules: Vec<String> = party.certified.iter().map(|m| taught(lang, *m)).collect();
    if !modules.is_empty() {
        facts.push(fact("user-modules", modules.join(" · ")));
    }
    facts.extend(party.duty.probation_until.map(|day| fact("user-probation", lang.date(day))));
    if SignIn::of(party.kind).is_some() {
        let (key, mark) = match (party.duty.is_suspended, person.has_secret) {
            (true, _) => ("user-suspended", "no"),
            (false, true) => ("user-signs-in", "ok"),
            (false, false) => ("user-no-secret", "wait"),
        };
        facts.push(vec![Td::text(lang.t("needs-state")), Td::mark(lang.t(key), mark)]);
    }
    page.grids.push(Grid::new(seat, "", &["fact-name", "fact-value"], facts));
    if party.kind == PartyKind::Household {
        let of = |name: &str| {
            let link = seat.to(&format!("console/{name}/{}", party.code));
            (lang.t(&format!("console-{name}")), link)
        };
        page.tools = ["trust", "loans"].map(of).into();
    }
    let rows = person.accounts.iter().map(|account| {
        let link = seat.to(&format!("console/accounts/{}", account.id.key));
        vec![
            Td::text(lang.t(&format!("chart-{}", account.id.key.code.number()))).to(link),
            Td::number(seat.money(account.owned_minor())),
        ]
    });
    let heads = ["books-account", "books-balance"];
    page.grids.push(Grid::new(seat, "user-accounts", &heads, rows.collect()));
    if DECIDES.contains(&seat.role) {
        decisions(seat, person, &mut page);
    }
    page
}

/// What an operator may decide about somebody.
fn decisions(seat: &Seat, person: &Person, page: &mut Page) {
    let (lang, party) = (seat.lang, &person.view.party);
    let act = |what: &'static str, is_quiet| Act {
        title: lang.t(&format!("user-{what}-title")),
        what,
        subject: party.id.to_string(),
        button: lang.t(&format!("user-{what}")),
        reason: None,
        key: seat.new_key(),
        is_quiet,
    };
    if !person.has_secret && SignIn::of(party.kind).is_some() {
        page.acts.push(act("secret", false));
    }
    let is_himself = party.id == seat.party;
    // The way in is needed at once, the way out seldom.
    page.are_acts_below = person.has_secret;
    if matches!(party.kind, PartyKind::Agent | PartyKind::Staff) && !is_himself {
        page.acts.push(act(if party.duty.is_suspended { "resume" } else { "suspend" }, true));
    }
    if party.kind == PartyKind::Agent {
        let module = |module: Module| {
            (name_of(module), taught(lang, module), party.certified.contains(&module))
        };
        let all = Module::ALL.map(module).into();
        page.card_below = Modules { lang, key: seat.new_key(), all }.render().ok();
    }
}

/// `GET /{lang}/console/users/{party}`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    page(&seat, &person(&seat).await?).show()
}

/// `POST /{lang}/console/users/{party}`: a first secret, a suspension or its end, what was learnt.
pub(super) async fn decide(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let before = person(&seat).await?;
    let done = match fields.text("do") {
        "secret" => first_secret(&seat, &fields, &before).await.map(Some),
        _ => certify(&seat, &fields, &before).await.map(|()| None),
    };
    match done {
        Ok(None) => Ok(see(&seat.to(&format!("console/users/{}", before.view.party.code)))),
        Ok(Some(secret)) => {
            let mut page = page(&seat, &person(&seat).await?);
            page.card = secret.render().ok();
            Ok(page.show()?.into_response())
        }
        Err(fault) => wrong(&seat, fault, page(&seat, &before)),
    }
}

async fn first_secret(seat: &Seat, fields: &Fields, person: &Person) -> Result<FirstSecret, Fault> {
    let (key, app) = (fields.key()?, seat.app().clone());
    let (id, kind) = (person.view.party.id, person.view.party.kind);
    // Hashing takes some milliseconds of pure work, which other requests must not wait for.
    let made = tokio::task::spawn_blocking(move || app.first_secret((id, kind))).await;
    let (text, pin) = made.map_err(|_| AppError::Incident { incident: key.0 })??;
    let phc = pin.phc.clone();
    seat.submit(key, Body::SetPin { pin, member: id, proof: None }).await?;
    let has_code = SignIn::of(kind) == Some(SignIn::PasswordAndCode);
    let one_time_key = has_code.then(|| seat.app().one_time_key(id, &phc));
    Ok(FirstSecret { lang: seat.lang, text, one_time_key })
}

async fn certify(seat: &Seat, fields: &Fields, person: &Person) -> Result<(), Fault> {
    let party = &person.view.party;
    let duty = |is_suspended| Duty { is_suspended, ..party.duty };
    let (certified, duty) = match fields.text("do") {
        "suspend" => (party.certified.clone(), duty(true)),
        "resume" => (party.certified.clone(), duty(false)),
        "modules" => {
            let passed = |module: &Module| fields.text(&name_of(*module)) == "yes";
            (Module::ALL.into_iter().filter(passed).collect::<BTreeSet<_>>(), party.duty)
        }
        _ => return Err(Fault::field("do", "word")),
    };
    let body = Body::Certify { agent: party.id, certified, duty };
    seat.submit(fields.key()?, body).await.map(drop)
}
