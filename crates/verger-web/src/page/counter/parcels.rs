//! Parcels in and out: what is on its way, what waits for its household, what a carrier takes along.

use askama::Template;
use axum::response::{Html, Response};
use verger_app::PartyFilter;
use verger_domain::id::ParcelId;
use verger_domain::market::command::ParcelCommand;
use verger_domain::market::{Flow, Order, Parcel, ParcelPhase};
use verger_domain::party::PartyKind;
use verger_domain::{Actor, Body, Command};

use super::{Who, again, alert, done, drawer, frame, names};
use crate::fault::Fault;
use crate::form::Fields;
use crate::page::store::weight;
use crate::page::{Alert, Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "counter/parcels.html")]
struct ParcelsPage {
    f: Frame,
    alert: Option<Alert>,
    key: String,
    waiting: Vec<Row>,
    coming: Vec<Row>,
    leaving: Vec<Row>,
    carriers: Vec<Who>,
}

/// One parcel.
struct Row {
    id: String,
    label: String,
    phase: String,
    /// For whom it is.
    who: String,
    weight: String,
}

const SHOWN: u32 = 200;

async fn page(seat: &Seat) -> Result<ParcelsPage, Fault> {
    let (village, lang) = (seat.village, seat.lang);
    let shop = drawer(seat).await?.shop.party.id;
    let found = seat.app().ask(village, move |reader, cell| {
        let rows = reader.parcels_at_counter((cell, village), SHOWN)?;
        let filter = PartyFilter { kind: Some(PartyKind::Carrier), ..PartyFilter::default() };
        Ok((rows, reader.parties(cell, village, &filter, SHOWN)?))
    });
    let (rows, carriers) = found.await?;
    let known = names(seat, rows.iter().map(|(_, order)| order.buyer).collect()).await?;
    let row = |(parcel, order): &(Parcel, Order)| Row {
        id: parcel.id.to_string(),
        label: parcel.label.to_string(),
        phase: lang.phase(parcel.phase.name()),
        who: known.get(&order.buyer).map_or_else(String::new, |who| who.name.clone()),
        weight: weight(lang, parcel.weight_g),
    };
    let is_in = |order: &Order| order.flow == Flow::Purchase;
    let of = |wanted: &dyn Fn(&Parcel, &Order) -> bool| -> Vec<Row> {
        rows.iter().filter(|(parcel, order)| wanted(parcel, order)).map(row).collect()
    };
    Ok(ParcelsPage {
        f: frame(seat, "parcels-title", "parcels"),
        alert: None,
        key: seat.new_key(),
        waiting: of(&|parcel, order| parcel.holder == shop && is_in(order)),
        coming: of(&|parcel, order| parcel.holder != shop && is_in(order)),
        leaving: of(&|parcel, order| {
            !is_in(order) && matches!(parcel.phase, ParcelPhase::Labelled)
                || !is_in(order) && parcel.holder == shop
        }),
        carriers: carriers
            .iter()
            .map(|view| Who {
                code: view.party.code.to_string(),
                name: crate::page::shown_name(lang, view),
            })
            .collect(),
    })
}

/// `GET /{lang}/counter/parcels`
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat).await?)
}

/// `POST /{lang}/counter/parcels`
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match acted(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn acted(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let parcel: ParcelId = seat.parcel("parcel", fields.needed("parcel")?).await?;
    let shop = drawer(seat).await?.shop.party.id;
    let village = seat.village;
    let found = seat
        .app()
        .ask(village, move |reader, cell| reader.document::<Parcel>(cell, village, parcel.bits()));
    let row = found.await?.ok_or_else(|| Fault::not_found("parcel").about("parcel"))?;
    let body = |command| Body::Parcel { command, parcel, version: None };
    let receipt = match fields.text("do") {
        "out" => {
            let code = fields.needed("code")?;
            if code.len() != 6 || !code.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Fault::field("pickup", "pickup_code"));
            }
            let code_digest = seat.app().pickup_digest(parcel, code);
            let command = ParcelCommand::PickUp { code_digest, proxy: None };
            let actor = Actor::Party(seat.party);
            let command = Command { id: key.0, village, actor, body: body(command) };
            let receipt = seat.app().pick_up(command).await?;
            receipt.accepted()?;
            receipt
        }
        "in" => {
            let code = seat.app().pickup_code(village, parcel);
            let code_digest = Some(seat.app().pickup_digest(parcel, &code));
            let command = ParcelCommand::Take { code_digest, giver: row.holder, taker: shop };
            seat.submit(key, body(command)).await?
        }
        _ => {
            let taker = seat.party("carrier", fields.needed("carrier")?).await?;
            seat.submit(key, body(ParcelCommand::Give { taker })).await?
        }
    };
    Ok(done(seat, &receipt))
}
