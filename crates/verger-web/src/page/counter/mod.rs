//! The counter: what an agent does at the shop, one job a page, online. Owns the tiles and what the
//! pages have in common; each command is the API's own, so that no rule is written twice.

mod buy;
mod cash;
mod credit;
mod day;
mod offer;
mod parcels;
mod sell;
mod slip;
mod weigh;

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use verger_app::{Named, PartyFilter, PartyView, Receipt};
use verger_domain::id::{CommandId, PartyId};
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::market::Till;
use verger_domain::party::PartyKind;
use verger_domain::state::Entry;

use super::{Alert, Frame, html, shown_name};
use crate::Web;
use crate::fault::Fault;
use crate::input::Key;
use crate::session::{Seat, see};
use crate::text::Lang;
pub(super) use weigh::grams;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/{lang}/counter", get(show))
        .route("/{lang}/counter/buy", get(buy::show).post(buy::record))
        .route("/{lang}/counter/basket", get(buy::basket).post(buy::advance))
        .route("/{lang}/counter/cash", get(cash::show).post(cash::record))
        .route("/{lang}/counter/credit", get(credit::show).post(credit::act))
        .route("/{lang}/counter/sell", get(sell::show))
        .route("/{lang}/counter/sell/{order}", get(sell::order).post(sell::act))
        .route("/{lang}/counter/offer", get(offer::show).post(offer::record))
        .route("/{lang}/counter/weigh", get(weigh::show).post(weigh::record))
        .route("/{lang}/counter/parcels", get(parcels::show).post(parcels::act))
        .route("/{lang}/counter/day", get(day::show).post(day::act))
        .route("/{lang}/counter/members", get(members))
        .route("/{lang}/counter/slip/{seq}", get(slip::show))
}

/// The shop's drawer as it is now.
struct Drawer {
    shop: PartyView,
    owned_minor: i64,
    till: Option<Till>,
    /// What moved it today, newest first.
    today: Vec<Entry>,
}

impl Drawer {
    /// Whether this agent counted it and answers for it.
    fn is_his(&self, seat: &Seat) -> bool {
        self.till.as_ref().is_some_and(|till| till.agent == seat.party)
    }
}

/// Movements of a drawer that one day has at most on a page.
const DAY_MAX: u32 = 200;

async fn drawer(seat: &Seat) -> Result<Drawer, Fault> {
    let village = seat.village;
    let morning = seat.app().calendar().start_of(seat.app().now().today);
    let found = seat.app().ask(village, move |reader, cell| {
        let shops = PartyFilter { kind: Some(PartyKind::Shop), ..PartyFilter::default() };
        let Some(shop) = reader.parties(cell, village, &shops, 1)?.pop() else { return Ok(None) };
        let key = AccountKey::party(Code::DRAWER, shop.party.id);
        let id = AccountId { village, key };
        let owned_minor = reader.account(cell, id)?.map_or(0, |account| account.owned_minor());
        let mut today = reader.statement(cell, id, None, DAY_MAX)?;
        today.retain(|entry| entry.at >= morning);
        let open = reader.all_drawers(cell)?.into_iter().find(|(of, _)| *of == shop.party.id);
        let till = match open {
            Some((_, (_, till))) => reader.document::<Till>(cell, village, till.bits())?,
            None => None,
        };
        Ok(Some(Drawer { shop, owned_minor, till, today }))
    });
    found.await?.ok_or_else(|| Fault::not_found("party"))
}

/// Somebody as a row or a choice shows him.
#[derive(Clone)]
pub(super) struct Who {
    pub(super) code: String,
    pub(super) name: String,
}

/// The names of parties.
pub(super) async fn names(seat: &Seat, ids: Vec<PartyId>) -> Result<BTreeMap<PartyId, Who>, Fault> {
    let lang = seat.lang;
    let found = seat.app().ask(seat.village, move |reader, cell| {
        let who = |(id, named): (PartyId, Named)| {
            let name = if lang == Lang::ZhCn { named.name } else { named.name_latin };
            (id, Who { code: named.code, name })
        };
        Ok(reader.names(cell, &ids)?.into_iter().map(who).collect())
    });
    Ok(found.await?)
}

/// A family at the counter and its people.
struct Family {
    household: PartyId,
    members: Vec<PartyView>,
}

/// The family that a code stands for: its own, or that of one of its members.
async fn family(seat: &Seat, field: &str, text: &str) -> Result<Family, Fault> {
    // Codes are upper case, whatever the keyboard made of them; ids are not.
    let is_id = text.parse::<PartyId>().is_ok();
    let text = if is_id { text.to_owned() } else { text.to_uppercase() };
    let id = seat.party(field, &text).await?;
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let Some(view) = reader.party(cell, id)? else { return Ok(None) };
        let household = match view.party.kind {
            PartyKind::Household => id,
            _ => match view.party.household {
                Some(household) => household,
                None => return Ok(None),
            },
        };
        let mut members = reader.members_of((cell, village), household)?;
        // Who typed a member's code meant that member.
        members.sort_by_key(|member| member.party.id != id);
        Ok(Some(Family { household, members }))
    });
    found.await?.ok_or_else(|| Fault::not_found("party").about(field))
}

/// A village has some hundred members; a larger one is searched by code.
const MEMBERS_MAX: u32 = 2_000;

/// The families that were served last, for one tap.
async fn recent(seat: &Seat) -> Result<Vec<Who>, Fault> {
    const CHIPS: usize = 6;
    let village = seat.village;
    let served = seat.app().ask(village, move |reader, cell| reader.last_served(cell, village));
    let mut buyers = served.await?;
    buyers.truncate(CHIPS);
    let known = names(seat, buyers.clone()).await?;
    Ok(buyers.iter().filter_map(|id| known.get(id).cloned()).collect())
}

/// The key of one step of a form: the same form sent twice is the same steps.
pub(super) fn step(seat: &Seat, key: Key, name: &str) -> Key {
    let digest = seat.app().secret().digest("form step", &[&key.0.to_bytes(), name.as_bytes()]);
    let mut bits = [0; 16];
    bits.copy_from_slice(digest.split_at(16).0);
    Key(CommandId::from_bytes(bits))
}

/// Something was done: its slip.
fn done(seat: &Seat, receipt: &Receipt) -> Response {
    see(&seat.to(&format!("counter/slip/{}", receipt.record.seq)))
}

/// A form that was refused comes back with what is wrong, and with what was typed.
pub(super) fn again(fault: &Fault, page: &impl Template) -> Result<Response, Fault> {
    Ok((fault.status, html(page)?).into_response())
}

#[derive(Template)]
#[template(path = "counter/home.html")]
struct HomePage {
    f: Frame,
    shop: String,
    is_his: bool,
    drawer: String,
    count: usize,
}

/// `GET /{lang}/counter`
async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let drawer = drawer(&seat).await?;
    html(&HomePage {
        f: Frame::seated(&seat, "counter-title", "counter"),
        shop: shown_name(seat.lang, &drawer.shop),
        is_his: drawer.is_his(&seat),
        drawer: seat.money(drawer.owned_minor),
        count: drawer.today.len(),
    })
}

#[derive(Template)]
#[template(path = "counter/members.html")]
struct MembersPage {
    f: Frame,
    query: String,
    rows: Vec<Who>,
}

#[derive(Default, serde::Deserialize)]
struct MembersQuery {
    q: Option<String>,
}

/// `GET /{lang}/counter/members`: whom the screen is turned to.
async fn members(
    seat: Seat,
    crate::input::Asked(asked): crate::input::Asked<MembersQuery>,
) -> Result<Html<String>, Fault> {
    const SHOWN: usize = 12;
    let (village, lang) = (seat.village, seat.lang);
    let query = asked.q.unwrap_or_default().trim().to_lowercase();
    let wanted = query.clone();
    let rows = seat.app().ask(village, move |reader, cell| {
        let filter = PartyFilter { kind: Some(PartyKind::Member), ..PartyFilter::default() };
        let all = reader.parties(cell, village, &filter, MEMBERS_MAX)?;
        let whos = all.iter().map(|view| {
            let both = view.profile.as_ref().map(|p| format!("{} {}", p.name, p.name_latin));
            let code = view.party.code.to_string();
            let text = format!("{code} {}", both.unwrap_or_default()).to_lowercase();
            (text, Who { code, name: shown_name(lang, view) })
        });
        let found = whos.filter(|(text, _)| text.contains(&wanted)).map(|(_, who)| who);
        Ok(found.take(SHOWN).collect())
    });
    let mut f = Frame::seated(&seat, "members-title", "counter/members");
    f.back = Some("counter".to_owned());
    html(&MembersPage { f, query, rows: rows.await? })
}

/// The frame of a page below the counter's tiles.
fn frame(seat: &Seat, key: &str, tail: &str) -> Frame {
    Frame::seated(seat, key, &format!("counter/{tail}"))
}

/// What is wrong, for a page of this seat.
pub(super) fn alert(seat: &Seat, fault: &Fault) -> Alert {
    Alert::new(&seat.web, seat.lang, fault)
}
