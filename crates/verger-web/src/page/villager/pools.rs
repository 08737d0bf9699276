//! My pools: what my household brought to each, and its statement, from the account of the pool to
//! what is still to be paid. Owns these two pages; a neighbour's part is on neither.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use verger_domain::id::PoolId;
use verger_domain::market::listing::ListingText;
use verger_domain::market::pool::PoolShare;
use verger_domain::market::{Pool, PoolPhase};

use super::super::store::{variety_name, weight};
use super::sales::{names, pools_of};
use super::{Home, ask};
use crate::api::{StatementShape, statement_for};
use crate::fault::Fault;
use crate::page::{Frame, html};
use crate::session::Seat;

#[derive(Template)]
#[template(path = "villager/pools.html")]
struct PoolsPage {
    f: Frame,
    css: &'static str,
    pools: Vec<Row>,
}

/// A pool in the list.
struct Row {
    id: String,
    name: String,
    days: String,
    phase: String,
    is_paid: bool,
    weight: String,
    got: String,
}

#[derive(Template)]
#[template(path = "villager/pool.html")]
struct PoolPage {
    f: Frame,
    css: &'static str,
    name: String,
    days: String,
    phase: String,
    is_paid: bool,
    /// Whether the figures are final; those of today otherwise.
    is_final: bool,
    statement: StatementShape,
    lots: Vec<LotRow>,
}

struct LotRow {
    code: String,
    day: String,
    weight: String,
    advance: String,
    claims: Option<String>,
}

type Names = BTreeMap<String, ListingText>;

fn name_of(seat: &Seat, names: &Names, pool: &Pool) -> String {
    format!("{} {}", variety_name(seat.lang, names, &pool.variety), pool.grade.name())
}

fn days_of(seat: &Seat, pool: &Pool) -> String {
    format!("{} – {}", seat.lang.date(pool.from), seat.lang.date(pool.to))
}

/// `GET /{lang}/me/pools`
pub(super) async fn list(seat: Seat) -> Result<Html<String>, Fault> {
    let home = Home::of(&seat).await?;
    let (pools, names) = (pools_of(&seat, home).await?, names(&seat, home).await?);
    let row = |(pool, share): &(Pool, PoolShare)| Row {
        id: pool.id.to_string(),
        name: name_of(&seat, &names, pool),
        days: days_of(&seat, pool),
        phase: seat.lang.phase(pool.phase.name()),
        is_paid: pool.phase == PoolPhase::Paid,
        weight: weight(seat.lang, share.grams),
        got: seat.money(share.advance_minor.saturating_add(share.paid_minor)),
    };
    html(&PoolsPage {
        pools: pools.iter().map(row).collect(),
        f: Frame::seated(&seat, "me-pools", "me/pools"),
        css: super::super::store::STYLE,
    })
}

/// `GET /{lang}/me/pools/{pool}`: the statement of the household, to be kept or printed.
pub(super) async fn one(seat: Seat) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    let id: PoolId = seat.param("pool").parse().map_err(|_| Fault::not_found("pool"))?;
    // Whoever brought nothing to a pool has no statement of it, and does not learn of it either.
    let statement = statement_for(&seat, id, home.household, seat.lang).await?;
    let pool = ask(&seat, home, move |reader, cell, home| {
        reader.document::<Pool>(cell, home.village, id.bits())
    });
    let (pool, names) = (pool.await?, names(&seat, home).await?);
    let pool = pool.ok_or_else(|| Fault::not_found("pool"))?;
    let mut f = Frame::seated(&seat, "me-pools", &format!("me/pools/{id}"));
    f.back = Some("me/pools".to_owned());
    let lots = statement.lots.iter().map(|lot| LotRow {
        code: lot.lot.clone(),
        day: lot.picked_on.parse().map_or_else(|_| lot.picked_on.clone(), |on| seat.lang.date(on)),
        weight: weight(seat.lang, lot.grams),
        advance: seat.money(lot.advance_minor),
        claims: (lot.claims_minor > 0).then(|| seat.money(lot.claims_minor)),
    });
    let page = PoolPage {
        name: name_of(&seat, &names, &pool),
        days: days_of(&seat, &pool),
        phase: seat.lang.phase(pool.phase.name()),
        is_paid: pool.phase == PoolPhase::Paid,
        is_final: pool.phase >= PoolPhase::Accounted,
        lots: lots.collect(),
        statement,
        css: super::super::store::STYLE,
        f,
    };
    Ok(([(header::CACHE_CONTROL, "private, no-store")], html(&page)?).into_response())
}
