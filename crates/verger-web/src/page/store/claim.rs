//! "Something is wrong": which goods, how much of them, and a photo. Owns the form; what it leads to
//! is the dispute's rules.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use verger_app::Reader;
use verger_app::pictures::UploadError;
use verger_domain::id::{CommandId, CommandKind, DisputeId};
use verger_domain::market::command::DisputeCommand;
use verger_domain::market::dispute::{DisputeReason, Fault as Bearer, Settlement};
use verger_domain::market::order::{LineNo, LineState};
use verger_domain::market::{Listing, Order};
use verger_domain::party::Village;
use verger_domain::{Actor, Body, Command};

use super::follow::{Key, number_of, opened, tail_of};
use super::{good_name, see};
use crate::Web;
use crate::api::upload_fault;
use crate::fault::Fault;
use crate::input::Asked;
use crate::multipart::Parts;
use crate::page::{Alert, Frame, html, lang_of};
use crate::text::Lang;

/// What can be wrong, by name, in the order of the form.
const REASONS: [(&str, DisputeReason); 5] = [
    ("damaged", DisputeReason::Damaged),
    ("spoiled", DisputeReason::Spoiled),
    ("short", DisputeReason::Short),
    ("different", DisputeReason::Different),
    ("not_received", DisputeReason::NotReceived),
];

/// How much of it, by name, in quarters.
const SHARES: [(&str, i64); 4] = [("quarter", 1), ("half", 2), ("most", 3), ("all", 4)];

#[derive(Template)]
#[template(path = "store/claim.html")]
struct ClaimPage {
    f: Frame,
    css: &'static str,
    number: String,
    key: String,
    /// Where the form goes to, and where the order is.
    address: String,
    order: String,
    reasons: Vec<(&'static str, String)>,
    lines: Vec<(usize, String)>,
    shares: Vec<(&'static str, String)>,
    alert: Option<Alert>,
}

/// `GET /{lang}/villages/{village}/orders/{order}/claim`
pub(super) async fn form(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<Key>,
) -> Result<Response, Fault> {
    let (lang, opened) = (lang_of(&tag)?, own(&web, (&number, &order), query).await?);
    let page = page(&web, lang, &opened, None).await?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

/// The order of an address that has the buyer's key.
async fn own(
    web: &Web,
    address: (&str, &str),
    query: Key,
) -> Result<(Village, Order, String), Fault> {
    let (village, order, key) = opened(web, address, query).await?;
    Ok((village, order, key.ok_or_else(|| Fault::not_found("order"))?))
}

async fn page(
    web: &Web,
    lang: Lang,
    (village, order, key): &(Village, Order, String),
    alert: Option<Alert>,
) -> Result<Html<String>, Fault> {
    let mut f = Frame::of(web, lang, village, ("claim-title", ""));
    f.tail = tail_of(order, ("/claim", Some(key)));
    let named = |prefix: &str, name: &str| lang.t(&format!("{prefix}-{}", name.replace('_', "-")));
    let to = |more| format!("/{}/{}", lang.tag(), tail_of(order, (more, Some(key))));
    html(&ClaimPage {
        css: super::STYLE,
        number: number_of(order),
        key: web.app().new_id::<CommandKind>().to_string(),
        address: to("/claim"),
        order: to(""),
        reasons: REASONS.map(|(name, _)| (name, named("claim-reason", name))).into(),
        lines: lines(web, lang, (village, order)).await?,
        shares: SHARES.map(|(name, _)| (name, named("claim-share", name))).into(),
        alert,
        f,
    })
}

/// The lines whose money is still in escrow, with what is left of it.
async fn lines(
    web: &Web,
    lang: Lang,
    (village, order): (&Village, &Order),
) -> Result<Vec<(usize, String)>, Fault> {
    let id = village.id;
    let open: Vec<_> = order.lines.iter().enumerate().collect();
    let open: Vec<_> = open.into_iter().filter(|(_, line)| line.state == LineState::Open).collect();
    let mut lines = Vec::with_capacity(open.len());
    for (index, line) in open {
        let bits = line.listing.bits();
        let question = move |reader: &mut Reader, cell| reader.document::<Listing>(cell, id, bits);
        let text = web.app().ask(id, question).await?.map(|listing| listing.text);
        let name = text.map(|text| good_name(lang, &text));
        let left = lang.money(line.left_minor(), village.currency);
        lines.push((index, format!("{} × {} · {left}", line.quantity, name.unwrap_or_default())));
    }
    Ok(lines)
}

/// `POST /{lang}/villages/{village}/orders/{order}/claim`
pub(super) async fn open(
    State(web): State<Web>,
    Path((tag, number, order)): Path<(String, String, String)>,
    Asked(query): Asked<Key>,
    parts: Parts,
) -> Result<Response, Fault> {
    let (lang, opened) = (lang_of(&tag)?, own(&web, (&number, &order), query).await?);
    match send(&web, &opened.1, parts).await {
        Ok(()) => {
            let tail = tail_of(&opened.1, ("", Some(&opened.2)));
            Ok(see(&format!("/{}/{tail}", lang.tag())))
        }
        Err(fault) if fault.status.is_client_error() => {
            let alert = Alert::new(&web, lang, &fault);
            let page = page(&web, lang, &opened, Some(alert)).await?;
            let keep = [(header::CACHE_CONTROL, "private, no-store")];
            Ok((fault.status, keep, page).into_response())
        }
        Err(fault) => Err(fault),
    }
}

async fn send(web: &Web, order: &Order, mut parts: Parts) -> Result<(), Fault> {
    let key: CommandId = parts.text("key").parse().map_err(|_| crate::input::Key::malformed())?;
    let wanted = parts.text("reason");
    let reason = REASONS.into_iter().find(|(name, _)| *name == wanted);
    let (_, reason) = reason.ok_or_else(|| Fault::field("reason", "missing"))?;
    let claim = claim_of(order, reason, &parts)?;
    let mut photos = Vec::new();
    if let Some(file) = parts.take_file("photo") {
        let stored = web.app().store_picture(order.village, file).await;
        photos.push(stored.map_err(|error: UploadError| upload_fault(error))?.photo);
    }
    let number = order.village.number().to_be_bytes();
    let seed = web.app().secret().digest("shop.claim", &[&number, &key.to_bytes()]);
    let mut bytes = [0; 16];
    bytes.copy_from_slice(seed.split_at(16).0);
    let dispute = DisputeId::from_bytes(bytes);
    let command = DisputeCommand::Open { claim, order: order.id, photos, reason };
    let body = Body::Dispute { command, dispute, version: None };
    let (village, actor) = (order.village, Actor::Party(order.buyer));
    web.app().submit(Command { id: key, village, actor, body }).await?.accepted()?;
    Ok(())
}

/// What goes back to the buyer if he is right: a share of one line; all of everything, freight and
/// all, where nothing came.
fn claim_of(order: &Order, reason: DisputeReason, parts: &Parts) -> Result<Settlement, Fault> {
    let open = (0_u8..).zip(&order.lines).filter(|(_, line)| line.state == LineState::Open);
    let mut lines: BTreeMap<LineNo, i64> =
        open.map(|(index, line)| (LineNo(index), line.left_minor())).collect();
    let fault = Bearer::Seller;
    if reason == DisputeReason::NotReceived {
        let gone = order.freight_refunded_minor.saturating_add(order.released.freight_minor);
        let freight_minor = order.freight_minor.saturating_sub(gone);
        return Ok(Settlement { fault, freight_minor, lines });
    }
    let wanted = parts.text("share");
    let share = SHARES.into_iter().find(|(name, _)| *name == wanted);
    let (_, quarters) = share.ok_or_else(|| Fault::field("share", "missing"))?;
    let line = parts.text("line").parse().map_err(|_| Fault::field("line", "missing"))?;
    lines.retain(|index, _| *index == LineNo(line));
    for minor in lines.values_mut() {
        // Rounded up to the fen, in the buyer's favour.
        *minor = minor.saturating_mul(quarters).saturating_add(3) / 4;
    }
    Ok(Settlement { fault, freight_minor: 0, lines })
}
