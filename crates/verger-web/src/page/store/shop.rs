//! The shop: everything that the village sells, with a picture, a price and a button.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Html;
use verger_domain::id::VillageId;
use verger_domain::money::Currency;
use verger_domain::party::PartyKind;
use verger_domain::time::Date;

use super::basket::Basket;
use super::{Good, Sale, goods, origin, place_name, stars_text};
use crate::Web;
use crate::fault::Fault;
use crate::input::village_of;
use crate::page::{Frame, html, lang_of};
use crate::text::Lang;

#[derive(Template)]
#[template(path = "store/shop.html")]
struct ShopPage {
    f: Frame,
    css: &'static str,
    origin: String,
    village: u32,
    heading: String,
    lead: String,
    cards: Vec<Card>,
    basket: Option<String>,
}

/// A good as lists show it.
pub(super) struct Card {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) seller: String,
    pub(super) left: Option<String>,
    pub(super) price: String,
    pub(super) stars: Option<String>,
    pub(super) picture: String,
    /// Why it cannot be bought today.
    pub(super) closed: Option<String>,
}

impl Card {
    pub(super) fn of(
        lang: Lang,
        good: &Good,
        (village, currency): (VillageId, Currency),
        today: Date,
    ) -> Self {
        Self {
            code: good.code().to_owned(),
            name: good.name(lang),
            seller: good.seller(lang),
            left: good.left(lang),
            price: lang.money(good.listing.price_minor, currency),
            stars: good.stars.mean_tenths().map(|tenths| stars_text(lang, tenths)),
            picture: good.picture(village, "thumb"),
            closed: closed(lang, good.sale(today)),
        }
    }
}

/// Why something cannot be bought today, in words.
pub(super) fn closed(lang: Lang, sale: Sale) -> Option<String> {
    match sale {
        Sale::Now => None,
        Sale::From(day) => Some(lang.with("store-from", &[("day", lang.date(day).into())])),
        Sale::Over => Some(lang.t("store-over")),
        Sale::SoldOut => Some(lang.t("store-sold-out")),
    }
}

/// `GET /{lang}/v/{village}/shop`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let question = move |reader: &mut verger_app::Reader, cell| {
        let families = reader.party_count(cell, id, PartyKind::Household)?;
        Ok((goods(reader, (cell, id))?, families, reader.last_picked(cell, id)?))
    };
    let (mut goods, families, picked_on) = web.app().ask(id, question).await?;
    let today = web.app().now().today;
    // What can be bought comes first.
    goods.sort_by_key(|good| good.sale(today) != Sale::Now);
    let place = (id, village.currency);
    let cards = goods.iter().map(|good| Card::of(lang, good, place, today)).collect();
    let name = place_name(lang, &village);
    let picked = picked_on.map(|day| lang.with("store-picked", &[("day", lang.date(day).into())]));
    let families = lang.with("store-families", &[("count", families.into())]);
    let lead = [Some(families), picked, Some(lang.t("store-escrow"))];
    let basket = Basket::read(&headers, id).pieces();
    html(&ShopPage {
        css: super::STYLE,
        origin: origin(&headers),
        village: id.number(),
        heading: lang.with("store-heading", &[("village", name.into())]),
        lead: lead.into_iter().flatten().collect::<Vec<_>>().join(lang.between()),
        cards,
        basket: (basket > 0).then(|| lang.with("store-basket-count", &[("count", basket.into())])),
        f: Frame::of(&web, lang, &village, ("store-title", "shop")),
    })
}
