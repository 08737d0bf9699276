//! A family's own page: what it sells, which lots it brought, and what buyers say. Shows its family
//! name and its fruit, never what it earns or owes.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_app::{PartyView, Reader, Split, Stars, StoreError};
use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::market::listing::ListingText;
use verger_domain::market::lot::Grade;
use verger_domain::market::review::ReviewRow;
use verger_domain::market::{Listing, ListingPhase, Lot, Pool};
use verger_domain::party::{PartyKind, Village};
use verger_domain::policy::Policy;

use super::product::Reviews;
use super::shop::Card;
use super::split::{Bar, bars};
use super::{Good, dress, family_name, place_name, varieties, variety_name, weight};
use crate::Web;
use crate::fault::Fault;
use crate::input::village_of;
use crate::page::{Frame, html, lang_of};
use crate::text::Lang;

/// The most lots and reviews on the page.
const LOTS_MAX: u32 = 12;
/// The most listings that are looked through.
const GOODS_MAX: u32 = 500;
const REVIEWS_MAX: u32 = 6;

#[derive(Template)]
#[template(path = "store/family.html")]
struct FamilyPage {
    f: Frame,
    css: &'static str,
    village: u32,
    name: String,
    lead: String,
    cards: Vec<Card>,
    /// The boxes that its fruit goes into.
    pooled: Vec<Card>,
    lots: Vec<LotRow>,
    /// What the price of its first good is divided into, and which good that is.
    split: Option<(String, String)>,
    bars: Vec<Bar>,
    reviews: Reviews,
}

/// A lot as strangers see it.
struct LotRow {
    code: String,
    day: String,
    variety: String,
    net: String,
    grades: String,
}

struct Facts {
    family: PartyView,
    policy: Option<Policy>,
    own: Vec<Good>,
    pooled: Vec<Good>,
    lots: Vec<Lot>,
    /// A listing of each variety, for its name.
    names: BTreeMap<String, ListingText>,
    stars: Stars,
    reviews: Vec<ReviewRow>,
}

fn facts(
    reader: &mut Reader,
    place: (CellId, VillageId),
    family: PartyId,
) -> Result<Option<Facts>, StoreError> {
    let (cell, village) = place;
    let Some(view) = reader.party(cell, family)? else { return Ok(None) };
    if view.party.kind != PartyKind::Household || view.party.village != village {
        return Ok(None);
    }
    let lots = reader.lots_of(cell, family, None, LOTS_MAX)?;
    // Also what is not on sale now: last season's boxes say whose fruit was in them.
    let phases = [ListingPhase::Live, ListingPhase::Paused, ListingPhase::Ended];
    let listings =
        reader.documents::<Listing>(cell, village, &phases.map(ListingPhase::name), GOODS_MAX)?;
    let names = varieties(&listings);
    let all = dress(reader, place, listings)?;
    let (own, others): (Vec<Good>, Vec<Good>) =
        all.into_iter().partition(|good| good.listing.text.seller == family);
    // A family that sells nothing has no page: it did not come before the public.
    if own.is_empty() && lots.is_empty() {
        return Ok(None);
    }
    let mut pooled = Vec::new();
    for good in others {
        let Some(pool) = good.listing.text.pool else { continue };
        let pool = reader.document::<Pool>(cell, village, pool.bits())?;
        if pool.is_some_and(|pool| pool.shares.contains_key(&family)) {
            pooled.push(good);
        }
    }
    let version = reader.village(cell, village)?.map_or(0, |row| row.policy_version);
    let policy = reader.policy(cell, village, version)?;
    let stars = reader.stars(cell, &[family.bits()])?.remove(&family.bits()).unwrap_or_default();
    let reviews = reader.reviews(cell, family.bits(), REVIEWS_MAX)?;
    Ok(Some(Facts { family: view, policy, own, pooled, lots, names, stars, reviews }))
}

/// `GET /{lang}/v/{village}/families/{family}`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number, family)): Path<(String, String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let unknown = || Fault::not_found("page");
    let party: PartyId = format!("party_{family}").parse().map_err(|_| unknown())?;
    let village = web.village(id).await?;
    let facts = web.app().ask(id, move |reader, cell| facts(reader, (cell, id), party)).await?;
    html(&page(&web, lang, &village, &facts.ok_or_else(unknown)?))
}

fn page(web: &Web, lang: Lang, village: &Village, facts: &Facts) -> FamilyPage {
    let (place, today) = ((village.id, village.currency), web.app().now().today);
    let name = family_name(lang, Some(&facts.family));
    let tail = format!("families/{:032x}", facts.family.party.id.bits());
    let mut f = Frame::of(web, lang, village, ("store-family-title", &tail));
    f.title.clone_from(&name);
    let card = |good: &Good| Card::of(lang, good, place, today);
    let lead = [
        ("village", place_name(lang, village).into()),
        ("altitude", lang.number(village.altitude_m.into()).into()),
    ];
    // Its own good comes first, the box that its fruit is in otherwise.
    let first = facts.own.iter().chain(&facts.pooled).next().zip(facts.policy.as_ref());
    let split = first.map(|(good, policy)| {
        (good, Split::of_listing(&good.listing, good.seller.party.kind, policy))
    });
    let bars = split.as_ref().map(|(_, split)| bars(lang, split, village.currency));
    let split = split.map(|(good, split)| {
        let values = [("good", good.name(lang).into())];
        let sum = lang.money(split.of_minor, village.currency);
        (lang.with("store-family-split", &values), sum)
    });
    FamilyPage {
        split,
        bars: bars.unwrap_or_default(),
        f,
        css: super::STYLE,
        village: village.id.number(),
        name,
        lead: lang.with("store-family-lead", &lead),
        cards: facts.own.iter().map(card).collect(),
        pooled: facts.pooled.iter().map(card).collect(),
        lots: facts.lots.iter().map(|lot| lot_row(lang, facts, lot)).collect(),
        reviews: Reviews::of(web, lang, facts.stars, &facts.reviews),
    }
}

fn lot_row(lang: Lang, facts: &Facts, lot: &Lot) -> LotRow {
    let grades = lot.graded.iter().filter(|(grade, grams)| **grade != Grade::Cull && **grams > 0);
    let grades: Vec<String> =
        grades.map(|(grade, grams)| format!("{} {}", grade.name(), weight(lang, *grams))).collect();
    LotRow {
        code: lot.code.to_string(),
        day: lang.date(lot.picked_on),
        variety: variety_name(lang, &facts.names, &lot.variety),
        net: weight(lang, lot.weighing.net_g()),
        grades: if grades.is_empty() { lang.t("store-not-graded") } else { grades.join(" · ") },
    }
}
