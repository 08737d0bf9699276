//! What leads people here: the picture beside a link, the poster with its QR code, short links on
//! boxes, the map for search engines. Owns addresses that are printed, which must never change.

use std::fmt::Write as _;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{Html, IntoResponse, Response};
use verger_app::card::Card;
use verger_app::qr::Qr;
use verger_app::{PictureSize, Reader};
use verger_domain::id::VillageId;
use verger_domain::market::Lot;
use verger_domain::money::{Currency, Money};
use verger_domain::party::CodeOf;

use super::product::listing_of;
use super::{Good, dress, goods, origin, picture, see};
use crate::Web;
use crate::fault::Fault;
use crate::input::village_of;
use crate::page::{Frame, html, lang_of};
use crate::preferred;
use crate::text::Lang;

/// A card holds a price that can change: messengers may keep it for an hour.
const CARD_KEEP: &str = "public, max-age=3600";

#[derive(Template)]
#[template(path = "store/poster.html")]
struct PosterPage {
    f: Frame,
    css: &'static str,
    name: String,
    seller: String,
    price: String,
    picture: String,
    address: String,
    side: usize,
    path: String,
}

#[derive(Template)]
#[template(path = "store/sitemap.xml")]
struct SiteMap {
    origin: String,
    tags: Vec<&'static str>,
    /// Addresses below the language.
    tails: Vec<String>,
}

async fn good_of(web: &Web, village: VillageId, code: &str) -> Result<Good, Fault> {
    let code = code.to_owned();
    let question = move |reader: &mut Reader, cell| {
        let place = (cell, village);
        let Some(listing) = listing_of(reader, place, &code)? else { return Ok(None) };
        Ok(dress(reader, place, vec![listing])?.pop())
    };
    web.app().ask(village, question).await?.ok_or_else(|| Fault::not_found("listing"))
}

/// `GET /v/{village}/shop/{good}/card.jpg`
pub(super) async fn card(
    State(web): State<Web>,
    Path((number, code)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Fault> {
    let id = village_of(&number)?;
    let currency = web.currency(id).await?;
    let good = good_of(&web, id, &code).await?;
    let photo = match good.listing.text.photos.first() {
        Some(photo) if good.has_photo => web.app().picture(id, *photo, PictureSize::Page).await?,
        _ => None,
    };
    let price = figures(good.listing.price_minor, currency);
    let address = format!("{}/g/{id}/{}", origin(&headers), good.code());
    let is_fruit = picture::is_fruit(&good.listing.text);
    let draw = move || {
        let photo = photo.as_deref();
        Card { photo, is_fruit, price: &price, address: &address }.jpeg()
    };
    let drawn = tokio::task::spawn_blocking(draw).await;
    let bytes = drawn.ok().and_then(Result::ok).ok_or_else(|| Fault::not_found("page"))?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), (header::CACHE_CONTROL, CARD_KEEP)], bytes))
}

/// A price as the card can draw it.
fn figures(minor: i64, currency: Currency) -> String {
    let symbol = match currency {
        Currency::CNY | Currency::JPY => "¥",
        Currency::EUR => "€",
        _ => "",
    };
    format!("{symbol}{}", Money::new(minor, currency))
}

/// `GET /{lang}/v/{village}/shop/{good}/poster`: to be printed, on any size of paper.
pub(super) async fn poster(
    State(web): State<Web>,
    Path((tag, number, code)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let good = good_of(&web, id, &code).await?;
    let address = format!("{}/g/{id}/{}", origin(&headers), good.code());
    let qr = Qr::new(&address).map_err(|_| Fault::not_found("page"))?;
    let tail = format!("shop/{}/poster", good.code());
    let mut f = Frame::of(&web, lang, &village, ("store-poster", &tail));
    f.title = good.name(lang);
    html(&PosterPage {
        f,
        css: super::STYLE,
        name: good.name(lang),
        seller: good.seller(lang),
        price: lang.money(good.listing.price_minor, village.currency),
        picture: good.picture(id, "page"),
        address,
        side: qr.side(),
        path: qr.path(),
    })
}

/// `GET /g/{village}/{good}`: what a poster says, in the reader's language.
pub(super) async fn good(
    State(web): State<Web>,
    Path((number, code)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let id = village_of(&number)?;
    let good = good_of(&web, id, &code).await?;
    let lang = preferred(&headers);
    Ok(see(&format!("/{}/v/{id}/shop/{}", lang.tag(), good.code())))
}

/// `GET /l/{village}/{lot}`: what is printed on a lot leads to the family whose fruit it is, what is
/// printed on a box to its story.
pub(super) async fn lot(
    State(web): State<Web>,
    Path((number, code)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (id, lang) = (village_of(&number)?, preferred(&headers));
    let question = move |reader: &mut Reader, cell| {
        if let Some(bits) = reader.subject_of(cell, id, CodeOf::Lot, &code)? {
            let lot = reader.document::<Lot>(cell, id, bits)?;
            let family = lot.map(|lot| (lot.household.bits(), lot.code));
            return Ok(family.map(|(family, code)| format!("families/{family:032x}#{code}")));
        }
        let parcel = reader.subject_of(cell, id, CodeOf::Parcel, &code)?;
        Ok(parcel.map(|_| format!("boxes/{code}")))
    };
    let tail = web.app().ask(id, question).await?.ok_or_else(|| Fault::not_found("page"))?;
    Ok(see(&format!("/{}/v/{id}/{tail}", lang.tag())))
}

/// `GET /sitemap.xml`: the shops and their goods, each in every language.
pub(super) async fn sitemap(
    State(web): State<Web>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Fault> {
    /// More would be several maps.
    const VILLAGES_MAX: usize = 100;
    let mut tails = vec![String::new()];
    for id in web.app().villages().into_keys().take(VILLAGES_MAX) {
        let found = web.app().ask(id, move |reader, cell| goods(reader, (cell, id))).await?;
        tails.push(format!("v/{id}/shop"));
        tails.extend(found.iter().map(|good| format!("v/{id}/shop/{}", good.code())));
    }
    let tags = Lang::ALL.map(Lang::tag).into();
    let Html(text) = html(&SiteMap { origin: origin(&headers), tags, tails })?;
    Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], text))
}

/// `GET /robots.txt`: everything that is public may be read; baskets and orders are nobody's.
pub(super) async fn robots(headers: HeaderMap) -> impl IntoResponse {
    let origin = origin(&headers);
    // Writing to a string cannot fail.
    let mut text = String::from("User-agent: *\n");
    for lang in Lang::ALL {
        let tag = lang.tag();
        let _ = writeln!(text, "Disallow: /{tag}/villages/\nDisallow: /{tag}/v/*/basket");
    }
    let _ = writeln!(text, "Disallow: /api/\nSitemap: {origin}/sitemap.xml");
    ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text)
}
