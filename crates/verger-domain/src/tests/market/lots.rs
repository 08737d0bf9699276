//! Samples and refusals of lots and pools; what they share out is played by the golden journals.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Row;
use super::super::world::*;
use super::samples::Sample;
use crate::command::Body;
use crate::effect::Effect;
use crate::id::{LotId, OrderId, PoolId, SeasonId, VoteId};
use crate::market::command::{LotCommand, PoolCommand};
use crate::market::lot::{Contest, Grade, Weighing};
use crate::market::order::LotPart;
use crate::market::pool::{LotClaim, PoolShare};
use crate::market::share::Statement;
use crate::market::shelf::PoolSales;
use crate::market::{
    Lot, LotEvent, LotPhase, OrderEvent, Pool, PoolEvent, PoolPhase, Shelf, ShelfEvent,
};
use crate::refusal::MarketRefusal as M;
use crate::time::{Date, Instant};

const LOT: LotId = LotId::from_bits(15);
const POOL: PoolId = PoolId::from_bits(16);
const VOTE: VoteId = VoteId::from_bits(18);

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn weighing(calibrated_on: &str) -> Weighing {
    Weighing {
        calibrated_on: day(calibrated_on),
        crates: 4,
        gross_g: 42_000,
        scale: "SC-1".parse().unwrap(),
        tare_g: 2_000,
        witness: NEIGHBOUR_MEMBER,
    }
}

fn graded() -> BTreeMap<Grade, i64> {
    BTreeMap::from([(Grade::A, 30_000), (Grade::B, 8_000), (Grade::C, 1_000), (Grade::Cull, 1_000)])
}

fn lot_row() -> Lot {
    Lot {
        advances: BTreeMap::from([(POOL, 9_000)]),
        code: "LOT-1".parse().unwrap(),
        contest: None,
        graded: graded(),
        graded_at: None,
        household: HOUSE,
        id: LOT,
        packed: BTreeMap::new(),
        phase: LotPhase::Weighed,
        picked_on: day("2026-07-19"),
        pools: BTreeMap::new(),
        season: None,
        variety: "Hujing".to_owned(),
        version: 1,
        village: VILLAGE,
        weigher: AGENT,
        weighing: weighing("2026-01-01"),
    }
}

fn pool_row() -> Pool {
    let share = PoolShare { advance_minor: 9_000, grams: 30_000, paid_minor: 5 };
    Pool {
        approved_by: BTreeSet::from([MEMBER]),
        carried_minor: 0,
        claims: BTreeMap::new(),
        contested: BTreeSet::new(),
        cooperative: None,
        due_at: Some(Instant::from_micros(7)),
        floor_minor_per_kg: 500,
        from: day("2026-07-01"),
        grade: Grade::A,
        id: POOL,
        lots: BTreeSet::from([LOT]),
        net_minor: 12_000,
        phase: PoolPhase::Accounted,
        ratified: None,
        shares: BTreeMap::from([(HOUSE, share)]),
        statement: None,
        to: day("2026-07-31"),
        variety: "Hujing".to_owned(),
        version: 3,
        village: VILLAGE,
        weighers: BTreeSet::new(),
    }
}

/// Every field that came later, each with something in it.
fn full_pool() -> Pool {
    let statement = Statement { grams: 30_000, other_minor: -4, sales: sales(), shared_bps: 200 };
    Pool {
        carried_minor: 3,
        claims: claims(),
        contested: BTreeSet::from([LOT]),
        cooperative: Some(COOPERATIVE),
        ratified: Some(VOTE),
        statement: Some(statement),
        weighers: BTreeSet::from([AGENT]),
        ..pool_row()
    }
}

fn claims() -> BTreeMap<LotId, LotClaim> {
    BTreeMap::from([(LOT, LotClaim { grams: 30_000, household: HOUSE, minor: 7 })])
}

fn sales() -> PoolSales {
    PoolSales {
        claims_minor: 1,
        commission_minor: 2,
        compensated_minor: 3,
        cooperative_minor: 4,
        goods_minor: 5,
        local_g: 6,
        local_minor: 7,
        packaging_minor: 8,
        platform_minor: 9,
        proven_minor: 10,
        refunded_minor: 11,
    }
}

fn contest() -> Contest {
    Contest { at: Instant::from_micros(7), by: MEMBER, reason: "light".to_owned() }
}

/// Every event of lots and pools.
pub(in crate::tests) fn effects() -> Vec<Effect> {
    let (by, reason, due_at) = (MEMBER, "short".to_owned(), Some(Instant::from_micros(7)));
    let advances = BTreeMap::from([(POOL, 9_000)]);
    let lots = [
        LotEvent::Weighed(Box::new(lot_row())),
        LotEvent::Graded { advances, graded: graded(), grader: SECOND_AGENT, pools: no_pools() },
    ];
    let pools = [
        PoolEvent::Opened(Box::new(pool_row())),
        PoolEvent::Received {
            advance_minor: 9_000,
            grams: 30_000,
            household: HOUSE,
            lot: LOT,
            weigher: None,
        },
        PoolEvent::Closed,
        PoolEvent::Accounted { net_minor: 12_000, statement: None },
        PoolEvent::Approved { by, due_at },
        PoolEvent::Objected { by, reason },
        PoolEvent::Paid { carried_minor: 0, paid: BTreeMap::from([(HOUSE, 3_000)]) },
    ];
    let lots = lots.into_iter().map(|event| Effect::Lot { event, lot: LOT });
    let pools = pools.into_iter().map(|event| Effect::Pool { event, pool: POOL });
    lots.chain(pools).chain(later_effects()).collect()
}

fn no_pools() -> BTreeMap<Grade, PoolId> {
    BTreeMap::new()
}

/// What came after the first journals were frozen.
fn later_effects() -> Vec<Effect> {
    let lots = later_lots().into_iter().map(|event| Effect::Lot { event, lot: LOT });
    let pools = later_pools().into_iter().map(|event| Effect::Pool { event, pool: POOL });
    let shelves = shelf_events().into_iter().map(|event| Effect::Shelf { event, pool: POOL });
    let part = LotPart { grams: 2_500, household: HOUSE, pool: POOL };
    let orders = [
        OrderEvent::Boxed {
            by_surface: false,
            lots: BTreeMap::from([(LOT, part)]),
            makers: BTreeMap::from([(HOUSE, 2_500)]),
            parcels: Vec::new(),
        },
        OrderEvent::NoLongerAwaited,
    ];
    let order = OrderId::from_bits(7);
    let orders = orders.into_iter().map(|event| Effect::Order { event, order });
    lots.chain(pools).chain(shelves).chain(orders).collect()
}

fn later_lots() -> Vec<LotEvent> {
    let advances = BTreeMap::from([(POOL, 9_000)]);
    let pools = BTreeMap::from([(Grade::A, POOL)]);
    let row = Lot {
        contest: Some(contest()),
        graded_at: Some(Instant::from_micros(7)),
        packed: BTreeMap::from([(POOL, 2_500)]),
        phase: LotPhase::Rejected,
        pools: pools.clone(),
        season: Some(SeasonId::from_bits(17)),
        ..lot_row()
    };
    let (by, reason) = (AGENT, "mould".to_owned());
    vec![
        LotEvent::Weighed(Box::new(row)),
        LotEvent::Graded {
            advances: advances.clone(),
            graded: graded(),
            grader: SECOND_AGENT,
            pools: pools.clone(),
        },
        LotEvent::Pooled { advances: advances.clone(), pools },
        LotEvent::Packed { grams: 2_500, pool: POOL },
        LotEvent::Rejected { by, reason },
        LotEvent::Contested(contest()),
        LotEvent::Withdrawn,
        LotEvent::Reweighed {
            advances,
            graded: graded(),
            is_first_wrong: true,
            weigher: SECOND_AGENT,
            weighing: Box::new(weighing("2026-01-01")),
        },
    ]
}

fn later_pools() -> Vec<PoolEvent> {
    let sales_none = PoolSales::default();
    let statement =
        Some(Statement { grams: 30_000, other_minor: 0, sales: sales_none, shared_bps: 200 });
    vec![
        PoolEvent::Opened(Box::new(full_pool())),
        PoolEvent::Received {
            advance_minor: 9_000,
            grams: 30_000,
            household: HOUSE,
            lot: LOT,
            weigher: Some(AGENT),
        },
        PoolEvent::Corrected {
            advance_minor: 5,
            grams: -1_000,
            household: HOUSE,
            lot: LOT,
            weigher: AGENT,
        },
        PoolEvent::Doubted { lot: LOT },
        PoolEvent::Cleared { lot: LOT },
        PoolEvent::Claimed { claims: claims() },
        PoolEvent::Deferred { due_at: Instant::from_micros(7) },
        PoolEvent::Accounted { net_minor: 12_000, statement },
        PoolEvent::Ratified { vote: VOTE },
        PoolEvent::Paid { carried_minor: 3, paid: BTreeMap::from([(HOUSE, 3_000)]) },
        PoolEvent::Covered { minor: 3 },
    ]
}

fn shelf_events() -> [ShelfEvent; 5] {
    [
        ShelfEvent::Opened(Box::new(Shelf::new(POOL, VILLAGE))),
        ShelfEvent::Brought { day: day("2026-07-19"), grams: 30_000 },
        ShelfEvent::Booked {
            packed: BTreeMap::from([(day("2026-07-19"), 2_500)]),
            pending: -1,
            sales: sales(),
        },
        ShelfEvent::Booked { packed: BTreeMap::new(), pending: 0, sales: PoolSales::default() },
        ShelfEvent::Closed,
    ]
}

/// Every refusal of lots and pools.
pub(in crate::tests) fn refusals() -> Vec<Sample> {
    vec![
        (
            M::ScaleNotCalibrated { calibrated_on: day("2025-01-01") },
            "scale_not_calibrated",
            r#"{"calibrated_on":"2025-01-01"}"#,
            Some("calibrated_on"),
        ),
        (
            M::GradesDiffer { graded_g: 1, net_g: 2 },
            "grades_differ",
            r#"{"graded_g":1,"net_g":2}"#,
            Some("graded"),
        ),
        (
            M::NotItsPool { pool: POOL },
            "not_its_pool",
            r#"{"pool":"pool_00000000000000000000000000000010"}"#,
            Some("pools"),
        ),
        (
            M::LotContested { lot: LOT },
            "lot_contested",
            r#"{"lot":"lot_0000000000000000000000000000000f"}"#,
            None,
        ),
        (
            M::LotTooSmall { left_g: 5, lot: LOT },
            "lot_too_small",
            r#"{"left_g":5,"lot":"lot_0000000000000000000000000000000f"}"#,
            Some("boxes"),
        ),
        (
            M::NotOfLot { lot: LOT, maker: HOUSE },
            "not_of_lot",
            concat!(
                r#"{"lot":"lot_0000000000000000000000000000000f","#,
                r#""maker":"party_00000000000000000000000000000011"}"#
            ),
            Some("boxes"),
        ),
        (
            M::NotFirstIn { day: day("2026-07-18") },
            "not_first_in",
            r#"{"day":"2026-07-18"}"#,
            Some("boxes"),
        ),
        (M::OrdersOpen { count: 2 }, "orders_open", r#"{"count":2}"#, None),
        (
            M::DecidedByVote { vote: VOTE },
            "decided_by_vote",
            r#"{"vote":"vote_00000000000000000000000000000012"}"#,
            None,
        ),
        (
            M::NothingToCover { carried_minor: 5 },
            "nothing_to_cover",
            r#"{"carried_minor":5}"#,
            None,
        ),
    ]
}

fn weigh(calibrated_on: &str) -> LotCommand {
    LotCommand::Weigh {
        code: "LOT-1".parse().unwrap(),
        household: HOUSE,
        picked_on: day("2026-07-19"),
        variety: "Hujing".to_owned(),
        weighing: weighing(calibrated_on),
    }
}

fn open(grade: Grade) -> PoolCommand {
    let (from, to) = (day("2026-07-01"), day("2026-07-31"));
    PoolCommand::Open { floor_minor_per_kg: 500, from, grade, to, variety: "Hujing".to_owned() }
}

fn lot(command: LotCommand) -> Body {
    Body::Lot { command, lot: LOT, version: None }
}

fn pool(command: PoolCommand) -> Body {
    Body::Pool { command, pool: POOL, version: None }
}

fn grade(graded: BTreeMap<Grade, i64>) -> LotCommand {
    LotCommand::Grade { graded, pools: BTreeMap::from([(Grade::A, POOL)]) }
}

/// One command of every kind about lots and pools.
pub(in crate::tests) fn bodies() -> Vec<Body> {
    let object = PoolCommand::Object { proof: proof(MEMBER), reason: "short".to_owned() };
    vec![
        lot(weigh("2026-01-01")),
        lot(grade(graded())),
        pool(open(Grade::A)),
        pool(PoolCommand::Close),
        pool(PoolCommand::Account),
        pool(PoolCommand::Approve { proof: proof(MEMBER) }),
        pool(object),
        lot(LotCommand::Pool { pools: BTreeMap::from([(Grade::B, POOL)]) }),
        lot(LotCommand::Reject { reason: "mould".to_owned() }),
        lot(LotCommand::Contest { proof: Some(proof(MEMBER)), reason: "light".to_owned() }),
        lot(LotCommand::Withdraw { proof: None }),
        lot(LotCommand::Reweigh { graded: graded(), weighing: weighing("2026-01-01") }),
        pool(PoolCommand::SellLocally { amount_minor: 5, grams: 6, shop: Some(SHOP) }),
        pool(PoolCommand::Claim {
            amount_minor: 5,
            lot: LOT,
            order: OrderId::from_bits(7),
            photos: vec![super::stage::photo(7)],
            reason: "mould".to_owned(),
        }),
        pool(PoolCommand::Cover),
    ]
}

/// A weighed lot of `HOUSE`, and a pool of another grade than its own.
fn weighed(world: &mut World) {
    world.submit(by(AGENT), lot(weigh("2026-01-01"))).unwrap();
    world.submit(by(COOPERATIVE), pool(open(Grade::B))).unwrap();
}

pub(super) fn rows() -> Vec<Row> {
    let calibrated_on = day("2025-07-19");
    let mut short = graded();
    short.remove(&Grade::Cull);
    vec![
        Row::of(by(AGENT), lot(weigh("2025-07-19")), M::ScaleNotCalibrated { calibrated_on }),
        Row::of(
            by(SECOND_AGENT),
            lot(grade(short)),
            M::GradesDiffer { graded_g: 39_000, net_g: 40_000 },
        )
        .given(weighed),
        Row::of(by(SECOND_AGENT), lot(grade(graded())), M::NotItsPool { pool: POOL })
            .given(weighed),
    ]
}

/// Goal: a lot is weighed on a sound scale and goes where it belongs.
/// Method: one row per refusal.
#[test]
fn refusals_of_lots() {
    super::super::assert_refused(rows());
}
