//! What the outside has ordered: yes or no, and the boxes closed. Owns the way from a paid order to a
//! parcel that waits for its carrier; which fruit goes first is the pool's to say.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{Html, Response};
use verger_app::report::Place;
use verger_domain::Body;
use verger_domain::id::{OrderId, PartyId, PoolId};
use verger_domain::ledger::Code;
use verger_domain::market::command::{Boxed, OrderCommand};
use verger_domain::market::parcel::Content;
use verger_domain::market::{Dispute, DisputePhase, Flow, Order, OrderPhase};
use verger_domain::party::ShortCode;

use super::weigh::grams;
use super::{again, alert, frame};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::Key;
use crate::page::packing::{LotRow, PackPage, Row, SHOWN, Section, Wanted, boxed, kilograms};
use crate::page::store::number_of;
use crate::page::{Frame, html, shown_name};
use crate::session::{Seat, see};

#[derive(Template)]
#[template(path = "counter/sell.html")]
struct SellPage {
    f: Frame,
    sections: Vec<Section>,
}

/// `GET /{lang}/counter/sell`: what waits for a yes, and what is to be packed.
pub(super) async fn show(seat: Seat) -> Result<Html<String>, Fault> {
    let complaints = complaints(&seat).await?;
    let mut sections = vec![
        section(&seat, "sell-waiting", OrderPhase::Paid).await?,
        section(&seat, "sell-packing", OrderPhase::Accepted).await?,
    ];
    if !complaints.rows.is_empty() {
        sections.insert(0, complaints);
    }
    html(&SellPage { f: frame(&seat, "sell-title", "sell"), sections })
}

async fn section(seat: &Seat, title: &str, phase: OrderPhase) -> Result<Section, Fault> {
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let (orders, count) = reader.sales_in_phase((cell, village), phase, SHOWN)?;
        Ok((Wanted::read(reader, (cell, village), orders)?, count))
    });
    let (orders, count) = found.await?;
    Ok(Section::of(seat, title, "counter/sell", (&orders, count)))
}

/// What buyers complain of and nobody has answered yet: silence gives them what they ask.
async fn complaints(seat: &Seat) -> Result<Section, Fault> {
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let opened = [DisputePhase::Opened.name()];
        let disputes = reader.documents::<Dispute>(cell, village, &opened, SHOWN)?;
        let ids: Vec<u128> = disputes.iter().map(|row| row.order.bits()).collect();
        Ok((disputes, reader.documents_named::<Order>((cell, village), &ids)?))
    });
    let (disputes, orders) = found.await?;
    let row = |dispute: &Dispute| {
        let order = orders.get(&dispute.order.bits());
        let order = order.filter(|order| order.flow == Flow::Sale)?;
        Some(Row {
            id: dispute.id.to_string(),
            link: seat.to(&format!("console/disputes/{}", dispute.id)),
            number: number_of(order),
            what: seat.lang.t("needs-dispute"),
            total: seat.money(dispute.claim.total_minor()),
            until: dispute.due_at.map(|at| seat.moment(at)).unwrap_or_default(),
        })
    };
    let rows = disputes.iter().filter_map(row).collect();
    Ok(Section { title: seat.lang.t("loans-disputes"), more: None, rows })
}

/// The order of the address, and what its pools would have packed next.
async fn asked(seat: &Seat) -> Result<(Wanted, Vec<LotRow>), Fault> {
    let order: OrderId = seat.param("order").parse().map_err(|_| Fault::not_found("order"))?;
    let village = seat.village;
    let found = seat.app().ask(village, move |reader, cell| {
        let row = reader.document::<Order>(cell, village, order.bits())?;
        let Some(row) = row.filter(|row| row.flow == Flow::Sale) else { return Ok(None) };
        let mut plan = Vec::new();
        if row.phase == OrderPhase::Accepted {
            for (pool, grams) in pooled(&row) {
                let place = Place { cell, village };
                plan.extend(reader.packing_plan(place, pool, grams)?.unwrap_or_default());
            }
        }
        let sale = Wanted::read(reader, (cell, village), vec![row])?.pop();
        Ok(sale.map(|sale| (sale, plan)))
    });
    let (sale, plan) = found.await?.ok_or_else(|| Fault::not_found("order"))?;
    let lots = plan.into_iter().map(|line| LotRow {
        code: line.lot.to_string(),
        household: line.household,
        kilograms: kilograms(line.grams),
    });
    Ok((sale, lots.collect()))
}

/// The pools that an order's fruit comes out of, and how many grams of each.
fn pooled(order: &Order) -> BTreeMap<PoolId, i64> {
    let mut pools = BTreeMap::new();
    for line in order.lines.iter().filter(|line| line.proceeds.code == Code::POOL) {
        let grams: &mut i64 = pools.entry(PoolId::from_bits(line.proceeds.owner)).or_default();
        *grams = grams.saturating_add(line.weight_g);
    }
    pools
}

async fn page(seat: &Seat, typed: &Fields) -> Result<PackPage, Fault> {
    let (sale, mut lots) = asked(seat).await?;
    let address = address(seat, sale.order.buyer).await?;
    for lot in &mut lots {
        let text = typed.text(&format!("lot-{}", lot.code));
        if !text.is_empty() {
            text.clone_into(&mut lot.kilograms);
        }
    }
    let (order, lang) = (&sale.order, seat.lang);
    let mut f = frame(seat, "sell-order", &format!("sell/{}", order.id));
    f.back = Some("counter/sell".to_owned());
    Ok(PackPage {
        is_asked: order.phase == OrderPhase::Paid,
        is_promised: order.phase == OrderPhase::Accepted,
        address,
        lots,
        next: (seat.to("counter/parcels"), lang.t("parcels-title")),
        ..sale.page(seat, f, typed)
    })
}

/// Who gets it: the name, and what else is known to write on the box.
async fn address(seat: &Seat, buyer: PartyId) -> Result<String, Fault> {
    let found = seat.app().ask(seat.village, move |reader, cell| reader.party(cell, buyer));
    let Some(view) = found.await? else { return Ok(String::new()) };
    let facts = view.profile.as_ref().map(|profile| &profile.facts);
    let known = ["address", "town", "phone"].iter().filter_map(|name| facts?.get(*name).cloned());
    let mut parts = vec![shown_name(seat.lang, &view)];
    parts.extend(known);
    Ok(parts.join(", "))
}

/// `GET /{lang}/counter/sell/{order}`
pub(super) async fn order(seat: Seat) -> Result<Html<String>, Fault> {
    html(&page(&seat, &Fields::default()).await?)
}

/// `POST /{lang}/counter/sell/{order}`: accepts, packs, or calls off.
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    match acted(&seat, &fields).await {
        Err(fault) if fault.status.is_client_error() => {
            let mut page = page(&seat, &fields).await?;
            page.alert = Some(alert(&seat, &fault));
            again(&fault, &page)
        }
        other => other,
    }
}

async fn acted(seat: &Seat, fields: &Fields) -> Result<Response, Fault> {
    let key = fields.key()?;
    let (sale, _) = asked(seat).await?;
    let order = sale.order.id;
    let (command, next) = match fields.text("do") {
        "accept" => (OrderCommand::Accept, format!("counter/sell/{order}")),
        "cancel" => {
            let reason = fields.needed("reason")?.to_owned();
            let cancel = OrderCommand::Cancel { is_force_majeure: false, reason };
            (cancel, "counter/sell".to_owned())
        }
        _ => {
            let boxes = vec![packed(seat, key, fields, &sale.order).await?];
            (OrderCommand::Pack { boxes, by_surface: false }, "counter/parcels".to_owned())
        }
    };
    seat.submit(key, Body::Order { command, order, version: None }).await?;
    Ok(see(&seat.to(&next)))
}

/// The box as it was packed: fruit out of the lots that were named, anything else by its own maker.
async fn packed(seat: &Seat, key: Key, fields: &Fields, order: &Order) -> Result<Boxed, Fault> {
    let mut contents = Vec::new();
    for (code, text) in fields.each("lot-") {
        contents.extend(content(seat, code, grams("lot", text)?).await?);
    }
    let (code, text) = (fields.text("more-lot"), fields.text("more-grams"));
    if !code.is_empty() && !text.is_empty() {
        // Typed codes are upper case, whatever the keyboard made of them; the form's own are as they are.
        contents.extend(content(seat, &code.to_uppercase(), grams("lot", text)?).await?);
    }
    boxed(seat, (key, fields), order, contents)
}

/// So many grams of a lot, of the family that brought it.
async fn content(seat: &Seat, code: &str, grams: i64) -> Result<Option<Content>, Fault> {
    if grams == 0 {
        return Ok(None);
    }
    let lot: ShortCode = code.parse().map_err(|_| Fault::field("lot", "code"))?;
    let (village, asked) = (seat.village, lot.clone());
    let found = seat.app().ask(village, move |reader, cell| {
        reader.lot_sheet(Place { cell, village }, asked.as_str())
    });
    let (row, ..) = found.await?.ok_or_else(|| Fault::not_found("lot").about("lot"))?;
    Ok(Some(Content { grams, lot, maker: row.household }))
}
