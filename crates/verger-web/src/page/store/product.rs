//! One good: its picture, its price and where each fen of it goes, how much is left, whose it is, and
//! what buyers say.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Html;
use verger_app::{Reader, Split, StoreError};
use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::market::review::ReviewRow;
use verger_domain::market::{Listing, ListingPhase, Lot, Pool, ReturnClass};
use verger_domain::party::{CodeOf, PartyKind, Village};
use verger_domain::policy::Policy;

use super::basket::Basket;
use super::split::{Bar, bars};
use super::{Good, People, Sale, dress, family_name, origin, shop, stars_text, structured, weight};
use crate::Web;
use crate::fault::Fault;
use crate::input::village_of;

use crate::page::{Frame, html, lang_of};
use crate::text::Lang;

/// The most reviews and the most families on the page.
const REVIEWS_MAX: u32 = 6;
const FAMILIES_MAX: usize = 12;

#[derive(Template)]
#[template(path = "store/product.html")]
struct ProductPage {
    f: Frame,
    css: &'static str,
    village: u32,
    code: String,
    name: String,
    picture: String,
    card: String,
    origin: String,
    price: String,
    freight: Option<String>,
    total: String,
    closed: Option<String>,
    facts: Vec<(String, String)>,
    seller: String,
    /// The family's page, where a family sells.
    family: Option<String>,
    bars: Vec<Bar>,
    families: Vec<FamilyLink>,
    families_lead: Option<String>,
    reviews: Reviews,
    basket: Option<String>,
    json: String,
}

/// A family by its name, and what it brought.
struct FamilyLink {
    id: String,
    name: String,
    brought: String,
}

/// What buyers said, as pages show it.
pub(super) struct Reviews {
    /// `4.7` and how many; nothing before the first one.
    pub(super) mean: Option<(String, String)>,
    pub(super) rows: Vec<Said>,
}

/// One review.
pub(super) struct Said {
    pub(super) stars: String,
    pub(super) label: String,
    pub(super) words: Vec<String>,
    pub(super) day: String,
}

impl Reviews {
    pub(super) fn of(web: &Web, lang: Lang, stars: verger_app::Stars, rows: &[ReviewRow]) -> Self {
        let mean = stars.mean_tenths().map(|tenths| {
            let count = lang.with("store-reviews-count", &[("count", stars.count.into())]);
            (stars_text(lang, tenths), count)
        });
        let said = |row: &ReviewRow| Said {
            stars: "★".repeat(usize::from(row.review.stars)),
            label: lang.with("store-stars", &[("count", i64::from(row.review.stars).into())]),
            words: row.review.words.iter().map(|word| lang.t(&word_key(word.name()))).collect(),
            day: lang.date(web.app().calendar().at(row.at).today),
        };
        Self { mean, rows: rows.iter().map(said).collect() }
    }
}

/// The message of a word of a review.
pub(super) fn word_key(name: &str) -> String {
    format!("said-{}", name.replace('_', "-"))
}

/// What the page needs to know.
struct Facts {
    good: Good,
    policy: Option<Policy>,
    /// The families that brought most into its pool, and how many there are.
    growers: Vec<(PartyId, i64)>,
    grower_count: usize,
    people: People,
    newest: Option<Lot>,
    reviews: Vec<ReviewRow>,
}

/// The listing that an address names, if strangers may see it.
pub(super) fn listing_of(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    code: &str,
) -> Result<Option<Listing>, StoreError> {
    let Some(bits) = reader.subject_of(cell, village, CodeOf::Listing, code)? else {
        return Ok(None);
    };
    let found = reader.document::<Listing>(cell, village, bits)?;
    let is_public = |row: &Listing| {
        matches!(row.phase, ListingPhase::Live | ListingPhase::Paused | ListingPhase::Ended)
    };
    Ok(found.filter(is_public))
}

fn facts(
    reader: &mut Reader,
    place: (CellId, VillageId),
    (code, policy_version): (&str, u32),
) -> Result<Option<Facts>, StoreError> {
    let (cell, village) = place;
    let Some(listing) = listing_of(reader, place, code)? else { return Ok(None) };
    let Some(good) = dress(reader, place, vec![listing])?.pop() else { return Ok(None) };
    let policy = reader.policy(cell, village, policy_version)?;
    let pool = match good.listing.text.pool {
        Some(pool) => reader.document::<Pool>(cell, village, pool.bits())?,
        None => None,
    };
    let mut growers: Vec<(PartyId, i64)> = pool
        .map(|pool| pool.shares.into_iter().map(|(who, share)| (who, share.grams)).collect())
        .unwrap_or_default();
    let grower_count = growers.len();
    growers.sort_by_key(|(who, grams)| (std::cmp::Reverse(*grams), *who));
    growers.truncate(FAMILIES_MAX);
    let newest = match growers.first() {
        Some((who, _)) => reader.lots_of(cell, *who, None, 1)?.pop(),
        None => None,
    };
    let ids: Vec<PartyId> = growers.iter().map(|(who, _)| *who).collect();
    let people = reader.people(cell, &ids)?;
    let reviews = reader.reviews(cell, good.listing.id.bits(), REVIEWS_MAX)?;
    Ok(Some(Facts { good, policy, growers, grower_count, people, newest, reviews }))
}

/// `GET /{lang}/v/{village}/shop/{good}`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number, code)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let (wanted, version) = (code.clone(), village.policy_version);
    let question = move |reader: &mut Reader, cell| facts(reader, (cell, id), (&wanted, version));
    let facts = web.app().ask(id, question).await?.ok_or_else(|| Fault::not_found("listing"))?;
    let basket = Basket::read(&headers, id).pieces();
    let mut page = page(&web, lang, &village, &facts);
    page.basket =
        (basket > 0).then(|| lang.with("store-basket-count", &[("count", basket.into())]));
    page.origin = origin(&headers);
    page.json = structured::product(&structured::Said {
        good: &facts.good,
        lang,
        village: &village,
        origin: &page.origin,
        today: web.app().now().today,
    });
    html(&page)
}

fn page(web: &Web, lang: Lang, village: &Village, facts: &Facts) -> ProductPage {
    let Facts { good, .. } = facts;
    let (listing, today) = (&good.listing, web.app().now().today);
    let money = |minor| lang.money(minor, village.currency);
    let freight = listing.text.freight_minor;
    let mut f = Frame::of(web, lang, village, ("store-title", &format!("shop/{}", good.code())));
    f.title = good.name(lang);
    let is_family = good.seller.party.kind == PartyKind::Household;
    let sale = good.sale(today);
    let is_live = listing.phase == ListingPhase::Live;
    let split = facts.policy.as_ref().map(|policy| {
        bars(lang, &Split::of_listing(listing, good.seller.party.kind, policy), village.currency)
    });
    ProductPage {
        f,
        css: super::STYLE,
        village: village.id.number(),
        code: good.code().to_owned(),
        name: good.name(lang),
        picture: good.picture(village.id, "page"),
        origin: String::new(),
        card: format!("/v/{}/shop/{}/card.jpg", village.id, good.code()),
        price: money(listing.price_minor),
        freight: (freight > 0).then(|| money(freight)),
        total: money(listing.price_minor.saturating_add(freight)),
        closed: if is_live { shop::closed(lang, sale) } else { Some(lang.t("store-over")) },
        facts: lines(lang, good, sale),
        seller: good.seller(lang),
        family: is_family.then(|| format!("{:032x}", good.seller.party.id.bits())),
        bars: split.unwrap_or_default(),
        families: families(lang, facts),
        families_lead: families_lead(lang, facts),
        reviews: Reviews::of(web, lang, good.stars, &facts.reviews),
        basket: None,
        json: String::new(),
    }
}

/// What there is to know of it, line by line.
fn lines(lang: Lang, good: &Good, sale: Sale) -> Vec<(String, String)> {
    let text = &good.listing.text;
    let mut lines = Vec::new();
    if text.weight_g > 0 {
        lines.push((lang.t("store-weight"), weight(lang, text.weight_g)));
    }
    if let Some(grade) = &text.grade {
        lines.push((lang.t("store-grade"), grade.clone()));
    }
    if let Some(left) = good.left(lang).filter(|_| sale == Sale::Now) {
        lines.push((lang.t("store-stock"), left));
    }
    if let Some(season) = text.season {
        let days = format!("{} – {}", lang.date(season.from), lang.date(season.to));
        lines.push((lang.t("store-season"), days));
        lines.push((lang.t("store-expected"), weight(lang, season.expected_g)));
    }
    lines.push((lang.t("store-returns"), lang.t(returns(text.class))));
    lines
}

/// The message that says what can be given back, and until when.
fn returns(class: ReturnClass) -> &'static str {
    match class {
        ReturnClass::Live => "store-returns-live",
        ReturnClass::Perishable | ReturnClass::Food => "store-returns-fresh",
        ReturnClass::Days7 | ReturnClass::Days7Unopened => "store-returns-craft",
        ReturnClass::Virtual => "store-returns-none",
    }
}

fn families(lang: Lang, facts: &Facts) -> Vec<FamilyLink> {
    let link = |(who, grams): &(PartyId, i64)| FamilyLink {
        id: format!("{:032x}", who.bits()),
        name: family_name(lang, facts.people.get(who)),
        brought: weight(lang, *grams),
    };
    facts.growers.iter().map(link).collect()
}

fn families_lead(lang: Lang, facts: &Facts) -> Option<String> {
    let count = i64::try_from(facts.grower_count).unwrap_or(0);
    let newest = facts.newest.as_ref().map(|lot| lang.date(lot.picked_on)).unwrap_or_default();
    let values = [("count", count.into()), ("day", newest.into())];
    (count > 0).then(|| lang.with("store-growers-lead", &values))
}
