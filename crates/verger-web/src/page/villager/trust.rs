//! My trust: the tree with the sum that its points are, what would raise it, which facts about us are
//! confirmed, and the latest lines of the journal of points, each with the order and the record behind
//! it. Owns the page; how trust is counted is the domain's, its sentences are `crate::trust`.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Html;
use verger_domain::id::OrderId;
use verger_domain::market::Order;
use verger_domain::trust::{FactKind, LineRow};

use super::account::AccountQuery;
use super::{Home, ask};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::{Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "villager/trust.html")]
struct TrustPage {
    f: Frame,
    css: &'static str,
    village: u32,
    /// The tree with the sum, the reasons and what would raise it.
    tree: String,
    /// Each fact, and the day it was confirmed.
    facts: Vec<(String, Option<String>)>,
    rows: Vec<Row>,
    /// The line after which they go on.
    next: Option<String>,
}

/// Lines on one page: beside the tree and its reasons there is room for so many on 2G.
const LINES_SHOWN: u32 = 15;

/// One line of the journal of points.
struct Row {
    /// The record that wrote it.
    seq: u64,
    what: String,
    on: String,
    points: String,
    is_gain: bool,
    /// The page of the order behind it, below the language, where there is one.
    order: Option<String>,
}

/// `GET /{lang}/me/trust`
pub(super) async fn show(
    seat: Seat,
    Asked(query): Asked<AccountQuery>,
) -> Result<Html<String>, Fault> {
    let before = query.cursor()?;
    let home = Home::of(&seat).await?;
    let trust = seat.app().trust(home.village, home.household).await?;
    let (lines, orders) = ask(&seat, home, move |reader, cell, home| {
        let lines = reader.trust_lines(cell, home.household, before, LINES_SHOWN)?;
        let mut orders: BTreeMap<OrderId, Order> = BTreeMap::new();
        for id in lines.iter().filter_map(|line| line.order) {
            if !orders.contains_key(&id)
                && let Some(order) = reader.document::<Order>(cell, home.village, id.bits())?
            {
                orders.insert(id, order);
            }
        }
        Ok((lines, orders))
    })
    .await?;
    let confirmed = |fact: FactKind| {
        let day = trust.facts.get(&fact).map(|on| seat.lang.date(*on));
        (seat.lang.t(&format!("trust-fact-{}", fact.name())), day)
    };
    let row = |line: &LineRow| {
        let (what, points) = crate::trust::line(seat.lang, &trust, line);
        let order = line.order.and_then(|id| orders.get(&id));
        Row {
            seq: line.seq,
            what,
            on: seat.lang.date(line.line.on),
            points,
            is_gain: line.line.grains > 0,
            order: order.map(|order| page_of(home, order)),
        }
    };
    let is_full = lines.len() == usize::try_from(LINES_SHOWN).unwrap_or(usize::MAX);
    html(&TrustPage {
        next: lines.last().filter(|_| is_full).map(|line| format!("{}.{}", line.seq, line.number)),
        f: Frame::seated(&seat, "me-trust", "me/trust"),
        css: super::super::store::STYLE,
        village: home.village.number(),
        tree: super::home::tree(crate::trust::card(seat.lang, &trust))?,
        facts: FactKind::ALL.map(confirmed).to_vec(),
        rows: lines.iter().map(row).collect(),
    })
}

/// Where a household reads an order: its own purchase on its own page; what it sold, or what fruit of
/// its was in a box, where the way and the split of the money are open to everybody.
fn page_of(home: Home, order: &Order) -> String {
    if order.buyer == home.household {
        return format!("me/orders/{}", order.id);
    }
    format!("villages/{}/orders/{}#split", home.village.number(), order.id)
}
