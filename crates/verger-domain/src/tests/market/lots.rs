//! Samples and refusals of lots and pools; what they share out is played by the golden journals.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Row;
use super::super::world::*;
use super::samples::Sample;
use crate::command::Body;
use crate::effect::Effect;
use crate::id::{LotId, PoolId};
use crate::market::command::{LotCommand, PoolCommand};
use crate::market::lot::{Grade, Weighing};
use crate::market::pool::PoolShare;
use crate::market::{Lot, LotEvent, LotPhase, Pool, PoolEvent, PoolPhase};
use crate::refusal::MarketRefusal as M;
use crate::time::{Date, Instant};

const LOT: LotId = LotId::from_bits(15);
const POOL: PoolId = PoolId::from_bits(16);

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
        graded: graded(),
        household: HOUSE,
        id: LOT,
        phase: LotPhase::Weighed,
        picked_on: day("2026-07-19"),
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
        due_at: Some(Instant::from_micros(7)),
        floor_minor_per_kg: 500,
        from: day("2026-07-01"),
        grade: Grade::A,
        id: POOL,
        lots: BTreeSet::from([LOT]),
        net_minor: 12_000,
        phase: PoolPhase::Accounted,
        shares: BTreeMap::from([(HOUSE, share)]),
        to: day("2026-07-31"),
        variety: "Hujing".to_owned(),
        version: 3,
        village: VILLAGE,
    }
}

/// Every event of lots and pools.
pub(in crate::tests) fn effects() -> Vec<Effect> {
    let (by, reason, due_at) = (MEMBER, "short".to_owned(), Some(Instant::from_micros(7)));
    let advances = BTreeMap::from([(POOL, 9_000)]);
    let lots = [
        LotEvent::Weighed(Box::new(lot_row())),
        LotEvent::Graded { advances, graded: graded(), grader: SECOND_AGENT },
    ];
    let pools = [
        PoolEvent::Opened(Box::new(pool_row())),
        PoolEvent::Received { advance_minor: 9_000, grams: 30_000, household: HOUSE, lot: LOT },
        PoolEvent::Closed,
        PoolEvent::Accounted { net_minor: 12_000 },
        PoolEvent::Approved { by, due_at },
        PoolEvent::Objected { by, reason },
        PoolEvent::Paid { paid: BTreeMap::from([(HOUSE, 3_000)]) },
    ];
    let lots = lots.into_iter().map(|event| Effect::Lot { event, lot: LOT });
    lots.chain(pools.into_iter().map(|event| Effect::Pool { event, pool: POOL })).collect()
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
