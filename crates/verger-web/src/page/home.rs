//! The home page: each village with its shop, its people and the state of its books.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_app::{PartyFilter, PartyView};
use verger_domain::id::VillageId;
use verger_domain::ledger::period::{Safeguarding, off_by_minor};
use verger_domain::market::{Listing, ListingPhase};
use verger_domain::party::{PartyKind, Village};

use super::{Frame, html, lang_of, local_name};
use crate::Web;
use crate::fault::Fault;
use crate::text::Lang;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    f: Frame,
    villages: Vec<Card>,
}

/// A village as the home page shows it.
struct Card {
    number: u32,
    name: String,
    other_name: String,
    county: String,
    altitude: String,
    shop: Option<Shop>,
    counts: Vec<Count>,
    records: String,
    last_at: String,
    owed: String,
    assets: String,
    bars: Vec<Bar>,
    off_by: String,
    is_balanced: bool,
    is_covered: bool,
    closed_through: Option<String>,
}

/// How many there are of something, with the page that shows them.
struct Count {
    key: &'static str,
    page: &'static str,
    text: String,
}

struct Shop {
    name: String,
    facts: Vec<(String, String)>,
    agents: Vec<String>,
}

/// One bar of the picture of where the money is; `width` of 1000.
struct Bar {
    key: &'static str,
    amount: String,
    width: i64,
}

/// What the home page reads of a village, in one question.
struct Facts {
    village: Village,
    counts: Vec<(&'static str, &'static str, i64)>,
    shop: Option<PartyView>,
    agents: Vec<PartyView>,
    records: u64,
    last_at: verger_domain::time::Instant,
    money: Safeguarding,
    off_by_minor: i128,
}

/// `GET /{lang}/`
pub(super) async fn show(
    State(web): State<Web>,
    Path(tag): Path<String>,
) -> Result<Html<String>, Fault> {
    /// A county's server has some dozens of villages; a page with more would be a list.
    const VILLAGES_MAX: usize = 20;
    let lang = lang_of(&tag)?;
    let mut villages = Vec::new();
    for id in web.app().villages().into_keys().take(VILLAGES_MAX) {
        if let Some(facts) = facts(&web, id).await? {
            villages.push(card(&web, lang, facts));
        }
    }
    let f = Frame::new(&web, lang, lang.t("home-title"), String::new());
    html(&HomePage { f, villages })
}

/// What is on sale.
const LIVE: &str = ListingPhase::Live.name();

async fn facts(web: &Web, id: VillageId) -> Result<Option<Facts>, Fault> {
    let balance = web.app().trial_balance(id).await?;
    let facts = web.app().ask(id, move |reader, cell| {
        let Some(village) = reader.village(cell, id)? else { return Ok(None) };
        let goods = reader.count_in_phase::<Listing>((cell, id), LIVE)?;
        let mut count = |kind| reader.party_count(cell, id, kind);
        let counts = vec![
            ("households", "people", count(PartyKind::Household)?),
            ("members", "people", count(PartyKind::Member)?),
            ("goods", "goods", goods),
            ("suppliers", "people", count(PartyKind::Supplier)?),
            ("carriers", "people", count(PartyKind::Carrier)?),
        ];
        let of_kind = |kind| PartyFilter { kind: Some(kind), ..PartyFilter::default() };
        let head = reader.head(cell)?;
        Ok(Some(Facts {
            counts,
            shop: reader.parties(cell, id, &of_kind(PartyKind::Shop), 1)?.into_iter().next(),
            agents: reader.parties(cell, id, &of_kind(PartyKind::Agent), 8)?,
            records: head.seq,
            last_at: head.at,
            money: Safeguarding::of(&balance),
            off_by_minor: off_by_minor(balance.values().copied()),
            village,
        }))
    });
    Ok(facts.await?)
}

fn card(web: &Web, lang: Lang, facts: Facts) -> Card {
    let Facts { village, money, .. } = facts;
    let amount = |minor| lang.money(minor, village.currency);
    let bars = bars(&money, amount);
    let off_by = i64::try_from(facts.off_by_minor).unwrap_or(i64::MAX);
    let records = i64::try_from(facts.records).unwrap_or(i64::MAX);
    let count = |(key, page, count)| Count { key, page, text: lang.number(count) };
    let other_name =
        if lang == Lang::ZhCn { village.name_latin.clone() } else { village.name.clone() };
    Card {
        number: village.id.number(),
        name: local_name(lang, &village),
        other_name,
        altitude: lang.number(village.altitude_m.into()),
        shop: facts.shop.map(|view| shop(lang, view, &facts.agents)),
        counts: facts.counts.into_iter().map(count).collect(),
        records: lang.number(records),
        last_at: lang.moment(facts.last_at, web.app().calendar()),
        owed: amount(money.owed_minor),
        assets: amount(money.assets_minor()),
        is_covered: money.is_covered(),
        bars,
        off_by: amount(off_by),
        is_balanced: off_by == 0,
        closed_through: village.closed_through.map(|month| month.to_string()),
        county: village.county,
    }
}

fn bars(money: &Safeguarding, amount: impl Fn(i64) -> String) -> Vec<Bar> {
    let rows = [
        ("bank", money.bank_minor),
        ("processor", money.processor_minor),
        ("drawers", money.drawers_minor),
        ("claims", money.claims_minor),
    ];
    let most = rows.iter().map(|(_, minor)| *minor).max().unwrap_or(0).max(1);
    rows.map(|(key, minor)| {
        // In 128 bits: a village's money times a thousand does not fit in 64.
        let width = i128::from(minor.max(0)) * 1000 / i128::from(most);
        Bar { key, amount: amount(minor), width: i64::try_from(width).unwrap_or(0) }
    })
    .into()
}

fn shop(lang: Lang, view: PartyView, agents: &[PartyView]) -> Shop {
    let name = |view: &PartyView| match &view.profile {
        Some(profile) if lang == Lang::ZhCn => profile.name.clone(),
        Some(profile) => profile.name_latin.clone(),
        None => view.party.code.to_string(),
    };
    let shop_name = name(&view);
    let facts = view.profile.map(|profile| profile.facts).unwrap_or_default();
    // Facts have free names; the usual ones are translated.
    let named = |(key, value): (String, String)| {
        let text = format!("fact-{}", key.replace('_', "-"));
        (if lang.has(&text) { lang.t(&text) } else { key }, value)
    };
    let agents = agents.iter().map(name).collect();
    Shop { name: shop_name, facts: facts.into_iter().map(named).collect(), agents }
}
