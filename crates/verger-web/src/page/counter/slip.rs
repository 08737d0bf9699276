//! The slip of anything that was recorded: 58 mm wide on paper, with a QR code that leads to the page
//! where everybody can check the record.

use askama::Template;
use axum::http::HeaderMap;
use axum::response::Html;
use verger_app::qr::Qr;
use verger_domain::Effect;
use verger_domain::id::PartyId;
use verger_domain::ledger::Code;

use super::{drawer, frame, names};
use crate::api::journal::seq_of;
use crate::fault::Fault;
use crate::page::{Frame, html, shown_name};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "counter/slip.html")]
struct SlipPage {
    f: Frame,
    shop: String,
    kind: String,
    at: String,
    seq: u64,
    lines: Vec<(String, String)>,
    check: String,
    side: usize,
    path: String,
}

/// `GET /{lang}/counter/slip/{seq}`
pub(super) async fn show(seat: Seat, headers: HeaderMap) -> Result<Html<String>, Fault> {
    let seq = seq_of(seat.param("seq"))?;
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| reader.record(cell, seq)).await?;
    let row = found.filter(|row| row.village == village);
    let row = row.ok_or_else(|| Fault::not_found("record"))?;
    let record = row.record().map_err(verger_app::AppError::from)?;
    let check = seat.to(&format!("v/{village}/journal/{seq}"));
    let qr = Qr::new(&format!("{}{check}", crate::page::store::origin(&headers)));
    let qr = qr.map_err(|_| Fault::not_found("record"))?;
    let key = format!("kind-{}", row.kind.replace(['_', '.'], "-"));
    let kind = if seat.lang.has(&key) { seat.lang.t(&key) } else { row.kind.clone() };
    html(&SlipPage {
        f: frame(&seat, "slip-title", &format!("slip/{seq}")),
        shop: shown_name(seat.lang, &drawer(&seat).await?.shop),
        kind,
        at: seat.moment(row.at),
        seq,
        lines: lines(&seat, &record.effects).await?,
        check,
        side: qr.side(),
        path: qr.path(),
    })
}

/// What a person looks for on a slip: whose money moved, and how much the drawer took or gave.
async fn lines(seat: &Seat, effects: &[Effect]) -> Result<Vec<(String, String)>, Fault> {
    let posted = effects.iter().filter_map(|effect| match effect {
        Effect::Posted { legs, .. } => Some(legs),
        _ => None,
    });
    let shown = [Code::WALLET, Code::DRAWER, Code::WALLET_COOPERATIVE, Code::BANK_ESCROW];
    let legs: Vec<_> =
        posted.flatten().filter(|leg| shown.contains(&leg.account().code)).copied().collect();
    let owners = legs.iter().map(|leg| PartyId::from_bits(leg.account().owner)).collect();
    let known = names(seat, owners).await?;
    let line = |leg: &verger_domain::ledger::Leg| {
        let code = leg.account().code;
        // What people own grows with a credit, what is in the drawer with a debit.
        let is_theirs = code == Code::WALLET || code == Code::WALLET_COOPERATIVE;
        let minor =
            if is_theirs { leg.amount_minor().saturating_neg() } else { leg.amount_minor() };
        let name = seat.lang.t(&format!("chart-{}", code.number()));
        let who = known.get(&PartyId::from_bits(leg.account().owner));
        let name = who.map_or(name.clone(), |who| format!("{name} · {} {}", who.name, who.code));
        (name, seat.money(minor))
    };
    Ok(legs.iter().map(line).collect())
}
