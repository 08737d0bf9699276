//! Weighing a lot of a family's fruit, before a witness of another household.

use askama::Template;
use axum::response::{Html, Response};
use verger_domain::Body;
use verger_domain::id::LotId;
use verger_domain::market::command::LotCommand;
use verger_domain::market::lot::Weighing;
use verger_domain::party::ShortCode;
use verger_domain::time::Date;

use super::{Who, again, alert, done, family, frame, recent, step};
use crate::fault::Fault;
use crate::form::Fields;
use crate::page::{Alert, Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "counter/weigh.html")]
struct WeighPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    recent: Vec<Who>,
    typed: Typed,
}

/// What the form begins with: what was typed, or what the last lot had.
#[derive(Default)]
struct Typed {
    who: String,
    variety: String,
    crates: String,
    gross: String,
    tare: String,
    picked_on: String,
    witness: String,
    scale: String,
    calibrated_on: String,
}

async fn page(seat: &Seat, typed: &Fields) -> Result<WeighPage, Fault> {
    let village = seat.village;
    let last = seat.app().ask(village, move |reader, cell| reader.last_lot(cell, village)).await?;
    let of_form = |name: &str, last: Option<String>| match typed.text(name) {
        "" => last.unwrap_or_default(),
        text => text.to_owned(),
    };
    let weighing = last.as_ref().map(|lot| &lot.weighing);
    let today = seat.app().now().today.to_string();
    Ok(WeighPage {
        f: frame(seat, "weigh-title", "weigh"),
        alert: None,
        key: seat.new_key(),
        recent: recent(seat).await?,
        typed: Typed {
            who: of_form("who", None),
            variety: of_form("variety", last.as_ref().map(|lot| lot.variety.clone())),
            crates: of_form("crates", None),
            gross: of_form("gross", None),
            tare: of_form("tare", None),
            picked_on: of_form("picked_on", Some(today)),
            witness: of_form("witness", None),
            scale: of_form("scale", weighing.map(|weighing| weighing.scale.to_string())),
            calibrated_on: of_form("calibrated_on", weighing.map(|w| w.calibrated_on.to_string())),
        },
    })
}

/// `GET /{lang}/counter/weigh`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/counter/weigh`
pub(super) async fn record(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match weighed(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn weighed(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let who = match fields.text("pick") {
        "" => fields.needed("who")?,
        picked => picked,
    };
    let household = family(seat, "who", who).await?.household;
    let witness = seat.party("witness", &fields.needed("witness")?.to_uppercase()).await?;
    let bits = step(seat, key, "lot").0.bits();
    let code: ShortCode =
        format!("L{:06X}", bits & 0xff_ffff).parse().map_err(|_| Fault::field("who", "code"))?;
    let scale = fields.needed("scale")?.parse().map_err(|_| Fault::field("scale", "short_code"))?;
    let crates = u32::try_from(fields.whole("crates")?);
    let weighing = Weighing {
        calibrated_on: day(fields, "calibrated_on")?,
        crates: crates.map_err(|_| Fault::field("crates", "whole"))?,
        gross_g: grams("gross", fields.needed("gross")?)?,
        scale,
        tare_g: grams("tare", fields.needed("tare")?)?,
        witness,
    };
    let command = LotCommand::Weigh {
        code,
        household,
        picked_on: day(fields, "picked_on")?,
        variety: fields.needed("variety")?.to_owned(),
        weighing,
    };
    let lot = LotId::from_bits(bits);
    let receipt = seat.submit(key, Body::Lot { command, lot, version: None }).await?;
    Ok(done(seat, &receipt))
}

fn day(fields: &Fields, name: &str) -> Result<Date, Fault> {
    fields.needed(name)?.parse().map_err(|_| Fault::field(name, "date"))
}

/// Kilograms as the scale shows them, in grams; read like money, never guessed.
pub(in crate::page) fn grams(name: &str, text: &str) -> Result<i64, Fault> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_fit = !whole.is_empty() && part.len() <= 3 && is_number(whole) && is_number(part);
    let grams = is_fit.then(|| format!("{whole}{part:0<3}").parse().ok()).flatten();
    grams.ok_or_else(|| Fault::field(name, "amount"))
}
