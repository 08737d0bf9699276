//! The shop window: what the village sells, whose it is, and the buyer's own pages. Owns what is shown
//! to strangers; of a family that is its family name and what it sells, nothing else.

mod basket;
mod checkout;
mod claim;
mod family;
mod follow;
mod parcel;
mod pay;
mod picture;
mod product;
mod share;
mod shop;
mod split;
mod structured;
mod timeline;

use std::collections::BTreeMap;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use verger_app::{PartyView, Reader, Stars, StoreError};
use verger_domain::id::{CellId, PartyId, VillageId};
use verger_domain::market::Listing;
use verger_domain::market::listing::ListingText;
use verger_domain::market::lot::Grade;
use verger_domain::party::{PartyKind, Village};
use verger_domain::time::Date;

use crate::Web;
use crate::api::on_sale;
use crate::text::Lang;

// What the villager's pages show in the same way.
pub(super) use follow::number_of;
pub(super) use picture::address as photo_address;
pub(super) use split::{Bar, bars, parts_of};
pub(super) use timeline::{Station, purchase_stations};

/// The style of the shop window, beside the one of all pages; its hash is in the policy as well.
pub(crate) const STYLE: &str = include_str!("../../../templates/store/store.css");

/// The most goods on one page.
const GOODS_MAX: usize = 200;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/{lang}/v/{village}/shop", get(shop::show))
        .route("/{lang}/v/{village}/shop/{good}", get(product::show))
        .route("/{lang}/v/{village}/shop/{good}/poster", get(share::poster))
        .route("/{lang}/v/{village}/families/{family}", get(family::show))
        .route("/{lang}/v/{village}/boxes/{label}", get(parcel::show))
        .route("/{lang}/v/{village}/basket", get(basket::show).post(basket::change))
        .route("/{lang}/v/{village}/basket/order", axum::routing::post(checkout::order))
        .route("/{lang}/villages/{village}/orders/{order}", get(follow::show).post(follow::act))
        .route(
            "/{lang}/villages/{village}/orders/{order}/claim",
            get(claim::form).post(claim::open),
        )
        .route("/{lang}/villages/{village}/orders/{order}/pay", get(pay::show).post(pay::pay))
        .route("/v/{village}/pictures/{digest}/{size}", get(picture::show))
        .route("/v/{village}/shop/{good}/card.jpg", get(share::card))
        .route("/art/{name}", get(picture::art))
        .route("/g/{village}/{good}", get(share::good))
        .route("/l/{village}/{lot}", get(share::lot))
        .route("/sitemap.xml", get(share::sitemap))
        .route("/robots.txt", get(share::robots))
}

/// Something that the village sells to the outside, with what the page says around it.
struct Good {
    listing: Listing,
    seller: PartyView,
    stars: Stars,
    /// Whether its first picture is stored.
    has_photo: bool,
}

/// Whether it can be bought today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sale {
    Now,
    From(Date),
    Over,
    SoldOut,
}

impl Good {
    fn name(&self, lang: Lang) -> String {
        good_name(lang, &self.listing.text)
    }

    fn code(&self) -> &str {
        self.listing.code.as_str()
    }

    fn sale(&self, today: Date) -> Sale {
        match self.listing.text.season {
            Some(season) if today < season.from => Sale::From(season.from),
            Some(season) if today > season.to => Sale::Over,
            _ if self.listing.is_sold_out() => Sale::SoldOut,
            _ => Sale::Now,
        }
    }

    /// What is left to sell, in words: by weight where it has one; nothing where it is not counted.
    fn left(&self, lang: Lang) -> Option<String> {
        let pieces = self.listing.stock?.available().max(0);
        let grams = pieces.saturating_mul(self.listing.text.weight_g);
        let (key, amount) = if self.listing.text.weight_g > 0 {
            ("store-left-weight", weight(lang, grams))
        } else {
            ("store-left-pieces", lang.number(pieces))
        };
        Some(lang.with(key, &[("amount", amount.into())]))
    }

    /// Who sells it, as strangers read it.
    fn seller(&self, lang: Lang) -> String {
        match self.seller.party.kind {
            PartyKind::Household => family_name(lang, Some(&self.seller)),
            _ => public_name(lang, &self.seller),
        }
    }

    /// The address of its picture.
    fn picture(&self, village: VillageId, size: &str) -> String {
        match self.listing.text.photos.first() {
            Some(photo) if self.has_photo => picture::address(village, *photo, size),
            _ => format!("/art/{}.svg", picture::art_of(&self.listing.text)),
        }
    }
}

/// Reads what the pages say around these listings. What comes from outside the village is left out:
/// it is sold at the counter, to the village.
fn dress(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    listings: Vec<Listing>,
) -> Result<Vec<Good>, StoreError> {
    let sellers: Vec<PartyId> = unique(listings.iter().map(|listing| listing.text.seller));
    let people = reader.people(cell, &sellers)?;
    let kind = |id: &PartyId| people.get(id).map(|view| view.party.kind);
    let mut listings = listings;
    listings.retain(|row| {
        matches!(kind(&row.text.seller), Some(PartyKind::Household | PartyKind::Cooperative))
    });
    let subjects: Vec<u128> = listings.iter().map(|listing| listing.id.bits()).collect();
    let stars = reader.stars(cell, &subjects)?;
    let first = |listing: &Listing| listing.text.photos.first().map(|photo| photo.0);
    let digests: Vec<_> = listings.iter().filter_map(first).collect();
    let stored = reader.stored_pictures((cell, village), &digests)?;
    let goods = listings.into_iter().filter_map(|listing| {
        let seller = people.get(&listing.text.seller)?.clone();
        let has_photo = first(&listing).is_some_and(|digest| stored.contains(&digest));
        let stars = stars.get(&listing.id.bits()).copied().unwrap_or_default();
        Some(Good { listing, seller, stars, has_photo })
    });
    Ok(goods.collect())
}

/// What the village sells to the outside, by code.
fn goods(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
) -> Result<Vec<Good>, StoreError> {
    let mut listings = on_sale(reader, cell, village)?;
    listings.truncate(GOODS_MAX);
    dress(reader, (cell, village), listings)
}

fn unique(ids: impl Iterator<Item = PartyId>) -> Vec<PartyId> {
    ids.collect::<std::collections::BTreeSet<_>>().into_iter().collect()
}

/// A family as strangers read it: its family name alone. Its members, its number and its village
/// group are nobody's business.
pub(super) fn family_name(lang: Lang, view: Option<&PartyView>) -> String {
    let Some(profile) = view.and_then(|view| view.profile.as_ref()) else {
        return lang.t("store-family-unnamed");
    };
    let latin = profile.name_latin.split_whitespace().next().unwrap_or_default();
    let name = match lang {
        Lang::ZhCn => han_family_name(&profile.name),
        Lang::Fr | Lang::En => latin,
    };
    lang.with("store-family", &[("name", name.into())])
}

/// The family name in front of a Chinese name: one character, or one of the usual double ones.
fn han_family_name(name: &str) -> &str {
    const DOUBLE: [&str; 8] = ["欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "夏侯"];
    if let Some(double) = DOUBLE.into_iter().find(|double| name.starts_with(double)) {
        return double;
    }
    let end = name.char_indices().nth(1).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

/// What a good is called. Names begin with a capital on a page, and a number stays with its unit.
pub(super) fn good_name(lang: Lang, text: &ListingText) -> String {
    let plain = if lang == Lang::ZhCn { &text.name } else { &text.name_latin };
    let name = text.names.get(lang.tag()).unwrap_or(plain);
    let mut whole = String::with_capacity(name.len());
    for (index, word) in name.split(' ').enumerate() {
        let is_unit = matches!(word.trim_end_matches([',', '.']), "g" | "kg" | "ml" | "l" | "cm");
        if index > 0 {
            whole.push(if is_unit { '\u{a0}' } else { ' ' });
        }
        whole.push_str(word);
    }
    let mut letters = whole.chars();
    let first = letters.next().map(|first| first.to_uppercase().collect::<String>());
    first.unwrap_or_default() + letters.as_str()
}

/// What a grade is called.
pub(super) fn grade_name(lang: Lang, grade: Grade) -> String {
    match grade {
        Grade::Cull => lang.t("store-cull"),
        grade => grade.name().to_owned(),
    }
}

/// A listing of each variety, for its name: the box is called after it.
pub(super) fn varieties(listings: &[Listing]) -> BTreeMap<String, ListingText> {
    let mut names = BTreeMap::new();
    for listing in listings {
        if let Some(variety) = &listing.text.variety {
            names.entry(variety.clone()).or_insert_with(|| listing.text.clone());
        }
    }
    names
}

/// What a variety is called: `湖景蜜桃 2.5kg` gives `湖景蜜桃`, `Hujing peaches, 2.5 kg box` gives
/// `Hujing`.
pub(super) fn variety_name(
    lang: Lang,
    names: &BTreeMap<String, ListingText>,
    variety: &str,
) -> String {
    let Some(text) = names.get(variety) else { return variety.to_owned() };
    let name = good_name(lang, text);
    // In French the kind of fruit comes first.
    let name =
        if lang == Lang::Fr { name.split_once(' ').map_or("", |(_, rest)| rest) } else { &name };
    name.split([',', ' ']).next().unwrap_or_default().to_owned()
}

/// The name of somebody who serves the public: the cooperative, a carrier, a shop.
fn public_name(lang: Lang, view: &PartyView) -> String {
    match &view.profile {
        Some(profile) if lang == Lang::ZhCn => profile.name.clone(),
        Some(profile) => profile.name_latin.clone(),
        None => view.party.code.to_string(),
    }
}

/// Grams as people read them: `850 g`, `2.5 kg`, `46 kg`.
pub(super) fn weight(lang: Lang, grams: i64) -> String {
    if grams < 1_000 {
        return lang.with("store-grams", &[("n", lang.number(grams).into())]);
    }
    let tenths = grams / 100;
    let point = if lang == Lang::Fr { ',' } else { '.' };
    let mut text = lang.number(tenths / 10);
    if tenths % 10 != 0 && tenths < 10_000 {
        text = format!("{text}{point}{}", tenths % 10);
    }
    lang.with("store-kilograms", &[("n", text.into())])
}

/// Stars as a number of tenths reads.
fn stars_text(lang: Lang, tenths: i64) -> String {
    let point = if lang == Lang::Fr { ',' } else { '.' };
    format!("{}{point}{}", tenths / 10, tenths % 10)
}

/// Goes to a page with `GET`.
fn see(address: &str) -> Response {
    let place = HeaderValue::from_str(address).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, place)]).into_response()
}

/// Where the server is for the outside, such as `https://shop.example.org`: what a poster and a link
/// card lead to. From the request, since one server may have several names.
pub(super) fn origin(headers: &HeaderMap) -> String {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_fit = |host: &&str| {
        let is_plain =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b':' | b'[' | b']');
        (1..=255).contains(&host.len()) && host.bytes().all(is_plain)
    };
    let host = text("host").filter(is_fit).unwrap_or("localhost");
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    format!("{scheme}://{host}")
}

/// What a village is called where its goods are sold.
fn place_name(lang: Lang, village: &Village) -> String {
    super::local_name(lang, village)
}

/// Names of families by their ids.
type People = BTreeMap<PartyId, PartyView>;

#[cfg(test)]
mod tests;
