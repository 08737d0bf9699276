//! Something new that a family wants to sell: what it is, its price, a photo. Owns the form; a second
//! person at the county or the cooperative lets it go on sale.

use askama::Template;
use axum::response::{Html, Response};
use verger_app::pictures::UploadError;
use verger_domain::Body;
use verger_domain::id::ListingId;
use verger_domain::market::command::ListingCommand;
use verger_domain::market::listing::{ListingText, Photo};
use verger_domain::market::{Listing, ListingPhase, ReturnClass};
use verger_domain::party::ShortCode;

use super::weigh::grams;
use super::{Who, again, alert, family, frame, recent, step};
use crate::api::upload_fault;
use crate::fault::Fault;
use crate::form::Fields;
use crate::multipart::Parts;
use crate::page::store::good_name;
use crate::page::{Alert, Frame, html};
use crate::session::{Seat, see};

/// What it may be: the kind in the catalogue, and how it may be returned.
const KINDS: [(&str, ReturnClass); 4] = [
    ("food", ReturnClass::Food),
    ("fresh", ReturnClass::Perishable),
    ("craft", ReturnClass::Days7),
    ("live", ReturnClass::Live),
];
/// Goods whose state is shown.
const SHOWN: usize = 12;
const LOOKED_AT: u32 = 2_000;

#[derive(Template)]
#[template(path = "counter/offer.html")]
struct OfferPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    recent: Vec<Who>,
    typed: Typed,
    kinds: Vec<(&'static str, String, bool)>,
    offered: Vec<(String, String, String)>,
}

/// What was typed before.
struct Typed {
    who: String,
    name: String,
    name_latin: String,
    price: String,
    unit: String,
    weight: String,
    freight: String,
    stock: String,
}

async fn page(seat: &Seat, typed: &Fields) -> Result<OfferPage, Fault> {
    let of_form = |name: &str| typed.text(name).to_owned();
    let mut f = frame(seat, "offer-title", "offer");
    f.back = Some("counter/sell".to_owned());
    let kind = |(name, _): (&'static str, ReturnClass)| {
        (name, seat.lang.t(&format!("offer-kind-{name}")), typed.text("kind") == name)
    };
    Ok(OfferPage {
        f,
        alert: None,
        key: seat.new_key(),
        recent: recent(seat).await?,
        typed: Typed {
            who: of_form("who"),
            name: of_form("name"),
            name_latin: of_form("name_latin"),
            price: of_form("price"),
            unit: of_form("unit"),
            weight: of_form("weight"),
            freight: of_form("freight"),
            stock: of_form("stock"),
        },
        kinds: KINDS.map(kind).into(),
        offered: offered(seat).await?,
    })
}

/// What this agent wrote and is not on sale yet: name, price, where it is.
async fn offered(seat: &Seat) -> Result<Vec<(String, String, String)>, Fault> {
    let (village, author) = (seat.village, seat.party);
    let phases = [ListingPhase::Draft, ListingPhase::Review].map(ListingPhase::name);
    let found = seat.app().ask(village, move |reader, cell| {
        reader.documents::<Listing>(cell, village, &phases, LOOKED_AT)
    });
    let mine = found.await?.into_iter().rev().filter(|row| row.author == author).take(SHOWN);
    let shown = mine.map(|row| {
        let name = good_name(seat.lang, &row.text);
        (name, seat.money(row.price_minor), seat.lang.phase(row.phase.name()))
    });
    Ok(shown.collect())
}

/// `GET /{lang}/counter/offer`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/counter/offer`
pub(super) async fn record(seat: Seat, mut parts: Parts) -> Result<Response, Fault> {
    let photo = parts.take_file("photo");
    let fields = parts.into_fields();
    match offer(&seat, &fields, photo).await {
        Ok(()) => Ok(see(&seat.to("counter/offer"))),
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        Err(fault) => Err(fault),
    }
}

/// Stores the photo, writes the listing down and hands it in.
async fn offer(seat: &Seat, fields: &Fields, photo: Option<Vec<u8>>) -> Result<(), Fault> {
    let key = fields.key()?;
    let who = match fields.text("pick") {
        "" => fields.needed("who")?,
        picked => picked,
    };
    let seller = family(seat, "who", who).await?.household;
    let currency = seat.place.currency;
    let kind = fields.text("kind");
    let (category, class) = KINDS
        .into_iter()
        .find(|(name, _)| *name == kind)
        .ok_or_else(|| Fault::field("kind", "missing"))?;
    let name = fields.needed("name")?.to_owned();
    let name_latin = match fields.text("name_latin") {
        "" => name.clone(),
        text => text.to_owned(),
    };
    let freight_minor = match fields.text("freight") {
        "" => 0,
        _ => fields.money("freight", currency)?,
    };
    let stock = match fields.text("stock") {
        "" => None,
        _ => Some(fields.whole("stock")?),
    };
    let price_minor = fields.money("price", currency)?;
    let unit = fields.needed("unit")?.to_owned();
    let weight_g = grams("weight", fields.needed("weight")?)?;
    // The photo is last: nothing is stored for a form that is wrong elsewhere.
    let photo = photo.ok_or_else(|| Fault::field("photo", "missing"))?;
    let stored = seat.app().store_picture(seat.village, photo).await;
    let photo: Photo = stored.map_err(|error: UploadError| upload_fault(error))?.photo;
    let text = ListingText {
        category: category.to_owned(),
        claims: [].into(),
        class,
        freight_minor,
        grade: None,
        name,
        name_latin,
        names: [].into(),
        packaging_minor: 0,
        photos: vec![photo],
        pool: None,
        season: None,
        seller,
        township_price_minor: None,
        unit,
        variety: None,
        weight_g,
    };
    let bits = step(seat, key, "listing").0.bits();
    let listing = ListingId::from_bits(bits);
    let code: ShortCode =
        format!("G{:08X}", bits & 0xffff_ffff).parse().map_err(|_| Fault::field("who", "code"))?;
    let draft = ListingCommand::Draft { code, price_minor, stock, text: Box::new(text) };
    let body = |command| Body::Listing { command, listing, version: None };
    seat.submit(key, body(draft)).await?;
    seat.submit(step(seat, key, "submit"), body(ListingCommand::Submit)).await?;
    Ok(())
}
