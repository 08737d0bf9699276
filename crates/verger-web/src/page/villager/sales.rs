//! What my household sold: the lots it brought, its share of each pool, and its own goods, each with
//! the money that came of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Html;
use serde::Deserialize;
use verger_app::{Reader, StoreError};
use verger_domain::id::{CellId, LotId, OrderId};
use verger_domain::market::listing::ListingText;
use verger_domain::market::pool::PoolShare;
use verger_domain::market::split::total;
use verger_domain::market::{Lot, Order, OrderLine, Pool, PoolPhase};

use super::super::store::{grade_name, number_of, varieties, variety_name, weight};
use super::{Home, ROWS_MAX, ask};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::{Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "villager/sales.html")]
struct SalesPage {
    f: Frame,
    css: &'static str,
    village: u32,
    pools: Vec<PoolRow>,
    lots: Vec<LotRow>,
    sold: Vec<SoldRow>,
    /// Where the lots go on, and where the orders do.
    more_lots: Option<String>,
    more_sold: Option<String>,
}

/// Which part of a list is asked for; the other lists stand on the first page alone.
#[derive(Default, Deserialize)]
pub(super) struct SalesQuery {
    /// Only lots that are older than this one.
    lot: Option<String>,
    /// Only orders that are older than this one.
    order: Option<String>,
}

/// Where a list goes on.
#[derive(Clone, Copy)]
enum Part {
    Start,
    Lot(LotId),
    Order(OrderId),
}

impl Part {
    fn of(query: &SalesQuery) -> Result<Self, Fault> {
        match (&query.lot, &query.order) {
            (Some(lot), _) => lot.parse().map(Self::Lot).map_err(|_| Fault::field("lot", "id")),
            (None, Some(order)) => {
                order.parse().map(Self::Order).map_err(|_| Fault::field("order", "id"))
            }
            (None, None) => Ok(Self::Start),
        }
    }
}

/// A pool as one household sees it: what it brought and what it got.
struct PoolRow {
    id: String,
    name: String,
    phase: String,
    weight: String,
    advance: String,
    /// What it still got at the end; nothing before the pool is paid.
    paid: Option<String>,
    sum: String,
}

struct LotRow {
    code: String,
    day: String,
    weight: String,
    grades: String,
    advance: String,
}

/// An order of the household's own goods.
struct SoldRow {
    id: String,
    number: String,
    phase: String,
    goods: String,
    got: String,
}

struct Facts {
    pools: Vec<(Pool, PoolShare)>,
    lots: Vec<Lot>,
    sold: Vec<Order>,
    /// A listing of each variety, for its name.
    names: BTreeMap<String, ListingText>,
}

/// The pools that a household brought something to, with its share, the latest first.
pub(super) async fn pools_of(seat: &Seat, home: Home) -> Result<Vec<(Pool, PoolShare)>, Fault> {
    let pools = seat.app().pools(home.village).await?;
    let share = |pool: &Pool| pool.shares.get(&home.household).copied();
    let mut pools: Vec<(Pool, PoolShare)> =
        pools.iter().filter_map(|pool| Some((pool.clone(), share(pool)?))).collect();
    pools.sort_by_key(|(pool, _)| std::cmp::Reverse(pool.from));
    Ok(pools)
}

/// A listing of each variety, for its name.
pub(super) async fn names(seat: &Seat, home: Home) -> Result<BTreeMap<String, ListingText>, Fault> {
    Ok(varieties(&seat.app().public_listings(home.village).await?))
}

fn facts(
    reader: &mut Reader,
    cell: CellId,
    (home, from): (Home, Part),
) -> Result<(Vec<Lot>, Vec<Order>), StoreError> {
    let place = (cell, home.village);
    let mut lots = |before| reader.lots_of(cell, home.household, before, ROWS_MAX);
    let lots = match from {
        Part::Start => lots(None)?,
        Part::Lot(before) => lots(Some(before))?,
        Part::Order(_) => Vec::new(),
    };
    let mut sold = |before| reader.orders_sold_by(place, home.household, before, ROWS_MAX);
    let sold = match from {
        Part::Start => sold(None)?,
        Part::Order(before) => sold(Some(before))?,
        Part::Lot(_) => Vec::new(),
    };
    Ok((lots, sold))
}

/// `GET /{lang}/me/sales`
pub(super) async fn show(
    seat: Seat,
    Asked(query): Asked<SalesQuery>,
) -> Result<Html<String>, Fault> {
    let from = Part::of(&query)?;
    let home = Home::of(&seat).await?;
    let question = move |reader: &mut Reader, cell, home| facts(reader, cell, (home, from));
    let (lots, sold) = ask(&seat, home, question).await?;
    let pools = match from {
        Part::Start => pools_of(&seat, home).await?,
        Part::Lot(_) | Part::Order(_) => Vec::new(),
    };
    let facts = Facts { pools, lots, sold, names: names(&seat, home).await? };
    let tail = match from {
        Part::Start => "me/sales".to_owned(),
        Part::Lot(lot) => format!("me/sales?lot={lot}"),
        Part::Order(order) => format!("me/sales?order={order}"),
    };
    let is_full = |count: usize| count >= usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let last_lot = facts.lots.last().filter(|_| is_full(facts.lots.len()));
    let last_sold = facts.sold.last().filter(|_| is_full(facts.sold.len()));
    html(&SalesPage {
        f: Frame::seated(&seat, "me-sales", &tail),
        css: super::super::store::STYLE,
        village: home.village.number(),
        pools: facts
            .pools
            .iter()
            .map(|(pool, share)| pool_row(&seat, &facts, pool, *share))
            .collect(),
        more_lots: last_lot.map(|lot| lot.id.to_string()),
        more_sold: last_sold.map(|order| order.id.to_string()),
        lots: facts.lots.iter().map(|lot| lot_row(&seat, lot)).collect(),
        sold: facts.sold.iter().map(|order| sold_row(&seat, home, order)).collect(),
    })
}

fn pool_row(seat: &Seat, facts: &Facts, pool: &Pool, share: PoolShare) -> PoolRow {
    let is_paid = pool.phase == PoolPhase::Paid;
    let days = format!("{} – {}", seat.lang.date(pool.from), seat.lang.date(pool.to));
    let variety = variety_name(seat.lang, &facts.names, &pool.variety);
    PoolRow {
        id: pool.id.to_string(),
        name: format!("{variety} {} · {days}", pool.grade.name()),
        phase: seat.lang.phase(pool.phase.name()),
        weight: weight(seat.lang, share.grams),
        advance: seat.money(share.advance_minor),
        paid: is_paid.then(|| seat.money(share.paid_minor)),
        sum: seat.money(share.advance_minor.saturating_add(share.paid_minor)),
    }
}

fn lot_row(seat: &Seat, lot: &Lot) -> LotRow {
    let grades = lot.graded.iter().filter(|(_, grams)| **grams > 0);
    let grades: Vec<String> = grades
        .map(|(grade, grams)| {
            format!("{}\u{a0}{}", grade_name(seat.lang, *grade), weight(seat.lang, *grams))
        })
        .collect();
    LotRow {
        code: lot.code.to_string(),
        day: seat.lang.date(lot.picked_on),
        weight: weight(seat.lang, lot.weighing.net_g()),
        grades: if grades.is_empty() {
            seat.lang.t("store-not-graded")
        } else {
            grades.join(" · ")
        },
        advance: seat.money(total(lot.advances.values().copied())),
    }
}

fn sold_row(seat: &Seat, home: Home, order: &Order) -> SoldRow {
    let own: BTreeMap<_, _> = order.rest_next().into_iter().collect();
    // What is released has reached the wallet; the rest is what will.
    let is_its = |line: &&OrderLine| line.seller == home.household;
    let goods = total(order.lines.iter().filter(is_its).map(OrderLine::left_minor));
    let waiting = total(own.values().copied());
    let got = order.released.rest_minor.saturating_add(waiting);
    SoldRow {
        id: order.id.to_string(),
        number: number_of(order),
        phase: seat.lang.phase(order.phase.name()),
        goods: seat.money(goods),
        got: seat.money(got),
    }
}
