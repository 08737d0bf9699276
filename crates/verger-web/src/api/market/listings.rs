//! Listings: what is on sale, and everything that is done about it.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use verger_app::{AppError, Reader, StoreError};
use verger_domain::Body;
use verger_domain::codec::to_hex;
use verger_domain::id::{CellId, VillageId};
use verger_domain::market::command::ListingCommand;
use verger_domain::market::listing::{ClaimDocument, ListingText, Season};
use verger_domain::market::{Listing, ListingPhase, ReturnClass};
use verger_domain::party::Scope;

use super::answer::{Acted, Of};
use super::{Nothing, Reason, asks, day, digest, digests, hex, id};
use crate::Web;
use crate::api::Done;
use crate::fault::{Fault, Problem};
use crate::input::{
    Asked, Desk, Input, Key, MarketWrite, bearer, listing_in, page_size, village_of,
};
use verger_shapes::Page;

/// The most listings that are read for one page.
const LISTINGS_MAX: u32 = 5_000;

/// What is on sale in a village, by code.
pub(crate) fn on_sale(
    reader: &mut Reader,
    cell: CellId,
    village: VillageId,
) -> Result<Vec<Listing>, StoreError> {
    in_phase(reader, (cell, village), ListingPhase::Live)
}

fn in_phase(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    phase: ListingPhase,
) -> Result<Vec<Listing>, StoreError> {
    let found = reader.documents::<Listing>(cell, village, &[phase.name()], LISTINGS_MAX);
    let mut listings = found?;
    listings.sort_by(|a, b| a.code.cmp(&b.code));
    Ok(listings)
}

/// When a listing can be bought.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeasonShape {
    /// The first day.
    #[schema(example = "2026-07-10")]
    from: String,
    /// The last day.
    #[schema(example = "2026-08-20")]
    to: String,
    /// How much is expected, in grams.
    expected_g: i64,
}

/// How long a good lasts, and which returns there are.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
pub(crate) enum ClassWord {
    /// Animals: claim within a day.
    #[serde(rename = "live")]
    Live,
    /// Fresh fruit and the like: claim within two days.
    #[serde(rename = "perishable")]
    Perishable,
    /// Sealed food: claim within two days.
    #[serde(rename = "food")]
    Food,
    /// Seven days without a reason.
    #[serde(rename = "7d")]
    Days7,
    /// Seven days without a reason if unopened.
    #[serde(rename = "7d-unopened")]
    Days7Unopened,
    /// Final once delivered.
    #[serde(rename = "virtual")]
    Virtual,
}

impl From<ClassWord> for ReturnClass {
    fn from(word: ClassWord) -> Self {
        match word {
            ClassWord::Live => Self::Live,
            ClassWord::Perishable => Self::Perishable,
            ClassWord::Food => Self::Food,
            ClassWord::Days7 => Self::Days7,
            ClassWord::Days7Unopened => Self::Days7Unopened,
            ClassWord::Virtual => Self::Virtual,
        }
    }
}
impl From<ReturnClass> for ClassWord {
    fn from(class: ReturnClass) -> Self {
        match class {
            ReturnClass::Live => Self::Live,
            ReturnClass::Perishable => Self::Perishable,
            ReturnClass::Food => Self::Food,
            ReturnClass::Days7 => Self::Days7,
            ReturnClass::Days7Unopened => Self::Days7Unopened,
            ReturnClass::Virtual => Self::Virtual,
        }
    }
}

/// What the author of a listing writes.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": "湖景蜜桃 2.5kg", "name_latin": "Hujing peaches, 2.5 kg box", "names": {"fr": "Pêches"},
    "category": "fruit", "class": "perishable", "unit": "box 2.5 kg", "variety": "hujing",
    "grade": "A", "weight_g": 2500, "freight_minor": 1000, "packaging_minor": 450,
    "seller": "COOP", "pool": "pool_0199f0c2a8b47c0e8000000000000001",
    "photos": ["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    "season": {"from": "2026-07-10", "to": "2026-08-20", "expected_g": 9_000_000}
}))]
pub(crate) struct ListingTextShape {
    /// The name in the local script.
    pub(crate) name: String,
    /// The name in English.
    pub(crate) name_latin: String,
    /// Further names by language, such as `fr`.
    #[serde(default)]
    pub(crate) names: BTreeMap<String, String>,
    /// What kind of good it is, such as `feed`.
    category: String,
    /// How long it lasts, and which returns there are.
    class: ClassWord,
    /// What one of it is.
    unit: String,
    /// The variety, for fruit.
    variety: Option<String>,
    /// The grade, for fruit sold by grade.
    grade: Option<String>,
    /// The weight of one, in grams.
    weight_g: i64,
    /// What the carrier asks for one, in minor units.
    #[serde(default)]
    freight_minor: i64,
    /// Box and foam for one, in minor units; the cooperative's listings only.
    #[serde(default)]
    packaging_minor: i64,
    /// What the township shop asks for the same good, in minor units, where known.
    township_price_minor: Option<i64>,
    /// Who sells it, by id or code.
    seller: String,
    /// The pool its proceeds go to; to the seller when absent.
    pool: Option<String>,
    /// When it can be bought; always when absent.
    season: Option<SeasonShape>,
    /// The hexadecimal SHA-256 digests of its pictures.
    #[serde(default)]
    photos: Vec<String>,
    /// Claims such as `organic`, each with the digest of the document that proves it.
    #[serde(default)]
    claims: BTreeMap<String, Option<String>>,
}

impl ListingTextShape {
    async fn text<S>(self, desk: &Desk<S>, path: &str) -> Result<ListingText, Fault> {
        let at = |name: &str| format!("{path}.{name}");
        let mut claims = BTreeMap::new();
        for (claim, document) in self.claims {
            let field = at(&format!("claims.{claim}"));
            let document = document.map(|text| digest(&field, &text)).transpose()?;
            claims.insert(claim, ClaimDocument(document));
        }
        let season = match self.season {
            Some(season) => Some(Season {
                expected_g: season.expected_g,
                from: day(&at("season.from"), &season.from)?,
                to: day(&at("season.to"), &season.to)?,
            }),
            None => None,
        };
        Ok(ListingText {
            category: self.category,
            claims,
            class: self.class.into(),
            freight_minor: self.freight_minor,
            grade: self.grade,
            name: self.name,
            name_latin: self.name_latin,
            names: self.names,
            packaging_minor: self.packaging_minor,
            photos: digests(&at("photos"), &self.photos)?,
            pool: self.pool.map(|text| id(&at("pool"), &text)).transpose()?,
            season,
            seller: desk.party(&at("seller"), &self.seller).await?,
            township_price_minor: self.township_price_minor,
            unit: self.unit,
            variety: self.variety,
            weight_g: self.weight_g,
        })
    }
}

impl From<ListingText> for ListingTextShape {
    fn from(text: ListingText) -> Self {
        let claims = text.claims.into_iter();
        Self {
            name: text.name,
            name_latin: text.name_latin,
            names: text.names,
            category: text.category,
            class: text.class.into(),
            unit: text.unit,
            variety: text.variety,
            grade: text.grade,
            weight_g: text.weight_g,
            freight_minor: text.freight_minor,
            packaging_minor: text.packaging_minor,
            township_price_minor: text.township_price_minor,
            seller: text.seller.to_string(),
            pool: text.pool.map(|pool| pool.to_string()),
            season: text.season.map(|season| SeasonShape {
                from: season.from.to_string(),
                to: season.to.to_string(),
                expected_g: season.expected_g,
            }),
            photos: hex(&text.photos),
            claims: claims.map(|(claim, d)| (claim, d.0.map(|p| to_hex(&p.0)))).collect(),
        }
    }
}

/// Something of the catalogue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ListingShape {
    /// Its id.
    #[schema(example = "listing_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// The short code.
    #[schema(example = "box-hujing")]
    code: String,
    /// `draft`, `review`, `live`, `paused`, `ended` or `taken_down`.
    #[schema(example = "live")]
    phase: &'static str,
    /// The version, for the next command.
    version: u32,
    /// The price of one, in minor units.
    #[schema(example = 3_990)]
    price_minor: i64,
    /// Which price it is, from 1.
    price_version: u32,
    /// How many can still be bought, in pieces; absent when it is ordered as needed.
    available_pieces: Option<i64>,
    /// How many are there, in pieces, those promised to orders included.
    on_hand_pieces: Option<i64>,
    /// Whether nothing is left to sell.
    is_sold_out: bool,
    /// Until when its owner may appeal against its being taken down (RFC 3339, UTC).
    #[serde(skip_serializing_if = "Option::is_none")]
    appeal_until: Option<String>,
    /// What its author wrote.
    #[serde(flatten)]
    text: ListingTextShape,
}

impl From<Listing> for ListingShape {
    fn from(row: Listing) -> Self {
        Self {
            id: row.id.to_string(),
            code: row.code.to_string(),
            phase: row.phase.name(),
            version: row.version,
            price_minor: row.price_minor,
            price_version: row.price_version,
            available_pieces: row.stock.map(verger_domain::market::listing::Stock::available),
            on_hand_pieces: row.stock.map(|stock| stock.on_hand),
            is_sold_out: row.is_sold_out(),
            appeal_until: row.appeal_until.map(crate::text::rfc3339),
            text: row.text.into(),
        }
    }
}

/// A listing to be written down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DraftShape {
    /// The short code, unique among the listings of the village.
    code: String,
    /// The price of one, in minor units.
    price_minor: i64,
    /// How many are there, in pieces; absent when it is ordered as needed.
    stock: Option<i64>,
    /// What its author writes.
    text: ListingTextShape,
}

/// A changed text.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditShape {
    /// What its author writes.
    text: ListingTextShape,
}

/// A changed price.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PriceShape {
    /// The price of one, in minor units.
    price_minor: i64,
}

/// Pieces counted in or out.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StockShape {
    /// How many more are there; negative when some went otherwise than by an order.
    delta: i64,
    /// Why.
    reason: String,
}

/// The decision about an appeal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JudgeShape {
    /// Whether it goes on sale again.
    is_won: bool,
}

asks! {
    /// One command about a listing.
    #[schema(example = json!({"version": 3, "price": {"price_minor": 4290}}))]
    ListingAsk => Wish {
        /// Writes it down for the first time, under an id that the client makes.
        draft Draft(DraftShape),
        /// Changes its text, which needs a review again.
        edit Edit(EditShape),
        /// Asks a second person to look at it.
        submit Submit(Nothing),
        /// Lets it go on sale.
        approve Approve(Nothing),
        /// Sends it back.
        reject Reject(Reason),
        /// Takes it off sale for a while.
        pause Pause(Nothing),
        /// Puts it on sale again.
        resume Resume(Nothing),
        /// Changes its price for orders to come.
        price Price(PriceShape),
        /// Counts pieces in or out.
        stock Stock(StockShape),
        /// Ends it for good.
        end End(Nothing),
        /// Takes it down, by the county.
        take_down TakeDown(Reason),
        /// Asks the county to look again.
        appeal Appeal(Nothing),
        /// Decides the appeal.
        judge_appeal JudgeAppeal(JudgeShape),
    }
}

/// Which listings to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListingQuery {
    /// Only this phase, such as `draft`; `live` when absent. Others than `live` need a token.
    phase: Option<String>,
    /// Only codes after this one: the `next` of the page before.
    after: Option<String>,
    /// How many items at most, 1 to 200; 50 when absent.
    limit: Option<u32>,
}

// What is not on sale, or was, is nobody's business outside.
async fn check_reader(web: &Web, headers: &HeaderMap, village: VillageId) -> Result<(), Fault> {
    let token = bearer(headers).ok_or(AppError::Unauthenticated)?;
    Ok(web.app().authenticate(token).await?.may(Scope::Read, village)?)
}

/// Lists what is on sale, by code.
#[utoipa::path(get, path = "/api/v1/villages/{village}/listings", tag = "Market", security(()),
    params(("village" = u32, Path, description = "The village's number"), ListingQuery), responses(
    (status = 200, description = "A page of the catalogue", body = Page<ListingShape>),
    (status = 404, description = "`village_unknown`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(web): State<Web>,
    Path(village): Path<String>,
    headers: HeaderMap,
    Asked(query): Asked<ListingQuery>,
) -> Result<Json<Page<ListingShape>>, Fault> {
    let (village, limit) = (village_of(&village)?, page_size(query.limit)?);
    let wanted = query.phase.as_deref().unwrap_or(ListingPhase::Live.name());
    let phase = ListingPhase::ALL.into_iter().find(|phase| phase.name() == wanted);
    let phase = phase.ok_or_else(|| Fault::field("phase", "phase"))?;
    if phase != ListingPhase::Live {
        check_reader(&web, &headers, village).await?;
    }
    let found =
        web.app().ask(village, move |reader, cell| in_phase(reader, (cell, village), phase));
    let mut rows = found.await?;
    rows.retain(|row| query.after.as_ref().is_none_or(|after| row.code.as_str() > after.as_str()));
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Json(Page::new(rows, limit, |row| row.code.to_string())))
}

/// Shows a listing.
#[utoipa::path(get, path = "/api/v1/villages/{village}/listings/{listing}", tag = "Market",
    security(()),
    params(("village" = u32, Path, description = "The village's number"),
        ("listing" = String, Path, description = "The listing's id or short code")), responses(
    (status = 200, description = "The listing", body = ListingShape),
    (status = 404, description = "`not_found`, also for a draft without a token", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn one(
    State(web): State<Web>,
    Path((village, text)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Json<ListingShape>, Fault> {
    let village = village_of(&village)?;
    let id = listing_in(web.app(), village, &text).await?;
    let found = web
        .app()
        .ask(village, move |reader, cell| reader.document::<Listing>(cell, village, id.bits()));
    let row = found.await?.ok_or_else(|| Fault::not_found("listing"))?;
    let is_public = matches!(row.phase, ListingPhase::Live | ListingPhase::Paused);
    if !is_public && check_reader(&web, &headers, village).await.is_err() {
        return Err(Fault::not_found("listing"));
    }
    Ok(Json(row.into()))
}

/// Does something about a listing: exactly one of the commands.
#[utoipa::path(post, path = "/api/v1/villages/{village}/listings/{listing}", tag = "Market",
    params(("village" = u32, Path, description = "The village's number"),
        ("listing" = String, Path, description = "The listing's id, made by the client for a \
            draft, or its short code")),
    request_body = ListingAsk, responses(
    (status = 200, description = "Done", body = Acted),
    (status = 201, description = "Written down; `Location` is its address", body = Acted),
    (status = 409, description = "`illegal_transition` with `phase` and `allowed`, `stale` with \
        `version`", body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn act(
    desk: Desk<MarketWrite>,
    key: Key,
    Input(ask): Input<ListingAsk>,
) -> Result<Done<Acted>, Fault> {
    let listing = desk.listing("listing", desk.param("listing")).await?;
    let (version, wish) = ask.chosen()?;
    let command = command(&desk, wish).await?;
    let receipt = desk.submit(key, Body::Listing { command, listing, version }).await?;
    Ok(Acted::done(&receipt, desk.village, (Of::Listing(listing), version)))
}

async fn command<S>(desk: &Desk<S>, wish: Wish) -> Result<ListingCommand, Fault> {
    use ListingCommand as C;
    Ok(match wish {
        Wish::Draft(draft) => C::Draft {
            code: draft.code.parse().map_err(|_| Fault::field("draft.code", "short_code"))?,
            price_minor: draft.price_minor,
            stock: draft.stock,
            text: Box::new(draft.text.text(desk, "draft.text").await?),
        },
        Wish::Edit(edit) => C::Edit { text: Box::new(edit.text.text(desk, "edit.text").await?) },
        Wish::Submit(_) => C::Submit,
        Wish::Approve(_) => C::Approve,
        Wish::Reject(Reason { reason }) => C::Reject { reason },
        Wish::Pause(_) => C::Pause,
        Wish::Resume(_) => C::Resume,
        Wish::Price(price) => C::Price { price_minor: price.price_minor },
        Wish::Stock(stock) => C::Stock { delta: stock.delta, reason: stock.reason },
        Wish::End(_) => C::End,
        Wish::TakeDown(Reason { reason }) => C::TakeDown { reason },
        Wish::Appeal(_) => C::Appeal,
        Wish::JudgeAppeal(judge) => C::JudgeAppeal { is_won: judge.is_won },
    })
}
