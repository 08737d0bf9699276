//! Rules of lots: net is gross less tare on a calibrated scale before a witness, grades sum to net,
//! the grower never grades his own, and whoever doubts is weighed again by another. Source:
//! `30-market` 2.7, rules C-10 to C-19.

use std::collections::BTreeMap;

use super::{
    Desk, check_range, check_text, check_version, exists, illegal, is_of, not_allowed, unknown,
};
use crate::command::{EvidenceKind, Proof};
use crate::effect::Effect;
use crate::id::{LotId, PartyId, PoolId, SeasonId};
use crate::market::command::LotCommand as C;
use crate::market::lot::{Contest, Grade, Weighing};
use crate::market::split::{floor_bps, total};
use crate::market::{
    Lot, LotEvent, LotPhase as P, Pool, PoolEvent, PoolPhase, SeasonEvent, ShelfEvent,
};
use crate::party::{CodeOf, Module, PartyKind, ShortCode};
use crate::refusal::{LedgerRefusal, MarketRefusal, PartyRefusal, Refusal};
use crate::state::cooperative::season_code;

/// The heaviest lot of a day, in grams.
const LOT_G_MAX: i64 = 50_000_000;

/// A scale is calibrated every year.
const CALIBRATION_DAYS: i32 = 365;

/// What can be asked of a lot where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Weighed => &["grade", "reject", "contest", "withdraw", "reweigh"],
        P::Graded => &["pool", "contest", "withdraw", "reweigh"],
        P::Rejected => &[],
    }
}

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: LotId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Weigh { .. } = command {
        return weigh(desk, id, command);
    }
    let known = desk.state.lot.get(&id).filter(|row| row.village == desk.command.village);
    let mut row = known.ok_or_else(|| unknown(id))?.clone();
    check_actor(desk, &row, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("lot.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    let is_answer = matches!(command, C::Withdraw { .. } | C::Reweigh { .. });
    if row.contest.is_some() != is_answer {
        // A doubt is answered before anything else is done, and only a doubt can be answered.
        return Err(match row.contest {
            Some(_) => MarketRefusal::LotContested { lot: id }.into(),
            None => illegal(row.phase.name(), &["contest"]),
        });
    }
    match command {
        C::Weigh { .. } => Ok(()),
        C::Grade { graded, pools } => grade(desk, row, graded, pools),
        C::Pool { pools } => {
            let graded = row.graded.clone();
            let (advances, pools) = bring(desk, &row, &graded, pools)?;
            tell(desk, &mut row, LotEvent::Pooled { advances, pools });
            Ok(())
        }
        C::Reject { reason } => {
            check_text("reason", reason)?;
            let (by, reason) = (desk.actor()?.id, reason.clone());
            tell(desk, &mut row, LotEvent::Rejected { by, reason });
            Ok(())
        }
        C::Contest { proof, reason } => contest(desk, row, proof.as_ref(), reason),
        C::Withdraw { proof } => withdraw(desk, row, proof.as_ref()),
        C::Reweigh { graded, weighing } => reweigh(desk, row, graded, weighing),
    }
}

fn tell(desk: &mut Desk<'_>, row: &mut Lot, event: LotEvent) {
    row.apply(&event, desk.now.at);
    desk.effects.push(Effect::Lot { event, lot: row.id });
}

// The grower's own people neither grade nor refuse his fruit, and a weight that is doubted is
// looked at by somebody else than whoever found it.
fn check_actor(desk: &Desk<'_>, row: &Lot, command: &C) -> Result<(), Refusal> {
    let actor = desk.actor()?;
    match command {
        C::Contest { .. } | C::Withdraw { .. } => {
            let is_own = desk.is_household(row.household) && actor.kind != PartyKind::Agent;
            let is_over = matches!(actor.kind, PartyKind::Cooperative | PartyKind::Staff);
            return desk.agent_or(Module::M4, is_own || is_over);
        }
        C::Reweigh { .. } => desk.agent(Module::M4).map(drop)?,
        _ => desk.agent_or(Module::M4, actor.kind == PartyKind::Cooperative)?,
    }
    let is_first = matches!(command, C::Reweigh { .. }) && actor.id == row.weigher;
    if is_of(actor, row.household) || is_first {
        return Err(MarketRefusal::NotIndependent { party: actor.id }.into());
    }
    Ok(())
}

fn weigh(desk: &mut Desk<'_>, id: LotId, command: &C) -> Result<(), Refusal> {
    let C::Weigh { code, household, picked_on, variety, weighing } = command else {
        return Err(not_allowed(desk.command));
    };
    let agent = desk.agent(Module::M4)?;
    desk.party_of_kind(*household, PartyKind::Household)?;
    if is_of(agent, *household) {
        return Err(crate::refusal::TillRefusal::OwnHousehold.into());
    }
    if desk.state.lot.get(&id).is_some() {
        return Err(exists(id));
    }
    check_code(desk, code)?;
    check_text("variety", variety)?;
    check_weighing(desk, agent.id, weighing)?;
    if *picked_on > desk.now.today {
        let (effective_on, today) = (*picked_on, desk.now.today);
        return Err(LedgerRefusal::EffectiveInFuture { effective_on, today }.into());
    }
    let row = Lot {
        advances: BTreeMap::new(),
        code: code.clone(),
        contest: None,
        graded: BTreeMap::new(),
        graded_at: None,
        household: *household,
        id,
        packed: BTreeMap::new(),
        phase: P::Weighed,
        picked_on: *picked_on,
        pools: BTreeMap::new(),
        season: season_of(desk, variety),
        variety: variety.clone(),
        version: 0,
        village: desk.command.village,
        weigher: agent.id,
        weighing: weighing.clone(),
    };
    desk.effects.push(Effect::Lot { event: LotEvent::Weighed(Box::new(row)), lot: id });
    Ok(())
}

/// The newest season window of a variety.
fn season_of(desk: &Desk<'_>, variety: &str) -> Option<SeasonId> {
    let key = (desk.command.village, CodeOf::Season, season_code(variety)?);
    desk.state.code.get(&key).map(|bits| SeasonId::from_bits(*bits))
}

fn check_code(desk: &Desk<'_>, code: &ShortCode) -> Result<(), Refusal> {
    let key = (desk.command.village, CodeOf::Lot, code.clone());
    match desk.state.code.get(&key) {
        Some(_) => Err(PartyRefusal::CodeTaken { taken: code.to_string() }.into()),
        None => Ok(()),
    }
}

fn check_weighing(desk: &Desk<'_>, weigher: PartyId, it: &Weighing) -> Result<(), Refusal> {
    let witness = desk.party_of_kind(it.witness, PartyKind::Member)?;
    let home = desk.party(weigher)?.household;
    if home.is_some_and(|home| is_of(witness, home)) {
        return Err(MarketRefusal::NotIndependent { party: witness.id }.into());
    }
    check_range("crates", i64::from(it.crates), 1, 10_000)?;
    check_range("tare_g", it.tare_g, 0, LOT_G_MAX)?;
    check_range("gross_g", it.gross_g, it.tare_g.saturating_add(1), LOT_G_MAX)?;
    let age = desk.now.today.days_since(it.calibrated_on);
    if !(0..=CALIBRATION_DAYS).contains(&age) {
        let calibrated_on = it.calibrated_on;
        return Err(MarketRefusal::ScaleNotCalibrated { calibrated_on }.into());
    }
    Ok(())
}

/// Grades sum to the net weight: nothing gets lost between the scale and the sorter.
fn check_grades(graded: &BTreeMap<Grade, i64>, net_g: i64) -> Result<(), Refusal> {
    for grams in graded.values() {
        check_range("graded", *grams, 0, net_g)?;
    }
    let graded_g = total(graded.values().copied());
    if graded_g != net_g {
        return Err(MarketRefusal::GradesDiffer { graded_g, net_g }.into());
    }
    Ok(())
}

fn grade(
    desk: &mut Desk<'_>,
    mut row: Lot,
    graded: &BTreeMap<Grade, i64>,
    pools: &BTreeMap<Grade, PoolId>,
) -> Result<(), Refusal> {
    check_grades(graded, row.weighing.net_g())?;
    let (advances, pools) = bring(desk, &row, graded, pools)?;
    let grader = desk.actor()?.id;
    tell(desk, &mut row, LotEvent::Graded { advances, graded: graded.clone(), grader, pools });
    deliver(desk, &row, row.sound_g());
    Ok(())
}

/// What a lot brought, or brought less, counts for the promise of its household.
fn deliver(desk: &mut Desk<'_>, row: &Lot, grams: i64) {
    let Some(season) = row.season.filter(|_| grams != 0) else { return };
    let window = desk.state.season.get(&season);
    if window.is_some_and(|window| window.contains(row.picked_on)) {
        let event = SeasonEvent::Delivered { grams, household: row.household };
        desk.effects.push(Effect::Season { event, season });
    }
}

/// The advances by pool, and the pool of each grade that went into one.
type Brought = (BTreeMap<PoolId, i64>, BTreeMap<Grade, PoolId>);

/// Puts grades of a lot into their pools and pays the advances.
fn bring(
    desk: &mut Desk<'_>,
    row: &Lot,
    graded: &BTreeMap<Grade, i64>,
    pools: &BTreeMap<Grade, PoolId>,
) -> Result<Brought, Refusal> {
    let wallet = desk.party(row.household)?.wallet();
    desk.purpose("lot.advance");
    let (mut advances, mut brought) = (BTreeMap::new(), BTreeMap::new());
    for (grade, id) in pools {
        let mut pool = super::pool::pool(desk, *id)?;
        check_pool(row, *grade, &pool)?;
        let grams = graded.get(grade).copied().unwrap_or(0);
        if grams == 0 {
            continue;
        }
        let bps = desk.policy().cooperative.advance_bps;
        let advance_minor = pool.advance_minor(grams, bps);
        desk.open(pool.advances(), format!("advances {}", pool.variety));
        desk.debit(pool.advances(), advance_minor);
        desk.credit(wallet, advance_minor);
        let event = PoolEvent::Received {
            advance_minor,
            grams,
            household: row.household,
            lot: row.id,
            weigher: Some(row.weigher),
        };
        super::pool::tell(desk, &mut pool, event);
        shelve(desk, *id, row.picked_on, grams);
        advances.insert(*id, advance_minor);
        brought.insert(*grade, *id);
    }
    Ok((advances, brought))
}

/// Puts fruit of a lot into the store of a pool, or takes out what a second weighing did not find.
fn shelve(desk: &mut Desk<'_>, pool: PoolId, day: crate::time::Date, grams: i64) {
    if grams != 0 && desk.state.shelf.get(&pool).is_some() {
        desk.effects.push(Effect::Shelf { event: ShelfEvent::Brought { day, grams }, pool });
    }
}

fn check_pool(row: &Lot, grade: Grade, pool: &Pool) -> Result<(), Refusal> {
    let is_its = pool.variety == row.variety
        && pool.grade == grade
        && (pool.from..=pool.to).contains(&row.picked_on);
    if !is_its || grade == Grade::Cull || row.pools.contains_key(&grade) {
        return Err(MarketRefusal::NotItsPool { pool: pool.id }.into());
    }
    check_pool_open(pool)
}

fn check_pool_open(pool: &Pool) -> Result<(), Refusal> {
    if pool.phase == PoolPhase::Open {
        return Ok(());
    }
    Err(illegal(pool.phase.name(), super::pool::allowed(pool.phase)))
}

/// The pools of a lot as they are now, each of which must still be open.
fn open_pools(desk: &Desk<'_>, row: &Lot) -> Result<Vec<(Grade, Pool)>, Refusal> {
    let pools = row.pools.iter().map(|(grade, id)| Ok((*grade, super::pool::pool(desk, *id)?)));
    let pools: Vec<(Grade, Pool)> = pools.collect::<Result<_, Refusal>>()?;
    pools.iter().try_for_each(|(_, pool)| check_pool_open(pool))?;
    Ok(pools)
}

/// Who speaks: the household by itself or by its proof, or the cooperative and the staff, who may
/// doubt what a scale said that turned out to be off.
fn speaker(desk: &mut Desk<'_>, row: &Lot, proof: Option<&Proof>) -> Result<PartyId, Refusal> {
    let actor = desk.actor()?;
    if actor.kind != PartyKind::Agent {
        return Ok(actor.id);
    }
    let proof = proof.ok_or(crate::refusal::TillRefusal::ProofNotTheirs)?;
    super::purchase::prove(desk, row.household, proof)?;
    Ok(proof.member)
}

fn contest(
    desk: &mut Desk<'_>,
    mut row: Lot,
    proof: Option<&Proof>,
    reason: &str,
) -> Result<(), Refusal> {
    check_text("reason", reason)?;
    let by = speaker(desk, &row, proof)?;
    let is_own = is_of(desk.party(by)?, row.household);
    let hours = desk.policy().cooperative.contest_hours.saturating_mul(3_600);
    let ended_at = row.graded_at.map(|at| at.plus_seconds(hours));
    if let Some(ended_at) = ended_at.filter(|ended_at| is_own && desk.now.at > *ended_at) {
        return Err(MarketRefusal::WindowOver { ended_at }.into());
    }
    for (_, mut pool) in open_pools(desk, &row)? {
        super::pool::tell(desk, &mut pool, PoolEvent::Doubted { lot: row.id });
    }
    let contest = Contest { at: desk.now.at, by, reason: reason.to_owned() };
    tell(desk, &mut row, LotEvent::Contested(contest));
    Ok(())
}

fn withdraw(desk: &mut Desk<'_>, mut row: Lot, proof: Option<&Proof>) -> Result<(), Refusal> {
    let by = speaker(desk, &row, proof)?;
    let is_own = |party: PartyId| desk.party(party).is_ok_and(|party| is_of(party, row.household));
    let raised_by = row.contest.as_ref().map_or(by, |contest| contest.by);
    // The household takes back its own doubt, the cooperative its own.
    if is_own(by) != is_own(raised_by) {
        return Err(not_allowed(desk.command));
    }
    for (_, mut pool) in open_pools(desk, &row)? {
        super::pool::tell(desk, &mut pool, PoolEvent::Cleared { lot: row.id });
    }
    tell(desk, &mut row, LotEvent::Withdrawn);
    Ok(())
}

// The second weighing counts. Where it says more, the advance is topped up; where it says less, what
// was paid stays paid and is settled with the pool.
fn reweigh(
    desk: &mut Desk<'_>,
    mut row: Lot,
    graded: &BTreeMap<Grade, i64>,
    weighing: &Weighing,
) -> Result<(), Refusal> {
    let weigher = desk.actor()?.id;
    check_weighing(desk, weigher, weighing)?;
    check_grades(graded, weighing.net_g())?;
    let wallet = desk.party(row.household)?.wallet();
    desk.purpose("lot.correction");
    let mut advances = BTreeMap::new();
    for (grade, mut pool) in open_pools(desk, &row)? {
        let grams = graded.get(&grade).copied().unwrap_or(0);
        check_packed(desk, &row, pool.id, grams)?;
        let paid = row.advances.get(&pool.id).copied().unwrap_or(0);
        let due = pool.advance_minor(grams, desk.policy().cooperative.advance_bps);
        let advance_minor = due.saturating_sub(paid).max(0);
        desk.debit(pool.advances(), advance_minor);
        desk.credit(wallet, advance_minor);
        advances.insert(pool.id, paid.saturating_add(advance_minor));
        let (household, lot, more) =
            (row.household, row.id, grams.saturating_sub(row.grams(grade)));
        let event = PoolEvent::Corrected { advance_minor, grams: more, household, lot, weigher };
        super::pool::tell(desk, &mut pool, event);
        shelve(desk, pool.id, row.picked_on, more);
    }
    let first = (row.weigher, row.weighing.net_g());
    let is_first_wrong = is_wrong(desk, first.1, weighing.net_g());
    let delivered = row.graded_at.map_or(0, |_| row.sound_g());
    let event = LotEvent::Reweighed {
        advances,
        graded: graded.clone(),
        is_first_wrong,
        weigher,
        weighing: Box::new(weighing.clone()),
    };
    tell(desk, &mut row, event);
    deliver(desk, &row, row.sound_g().saturating_sub(delivered));
    let kind = (EvidenceKind::Weighing, !is_first_wrong);
    desk.fact(kind, first.0, row.household, (None, 0));
    Ok(())
}

/// What is sold already was there: a second weighing cannot say less.
fn check_packed(desk: &Desk<'_>, row: &Lot, pool: PoolId, grams: i64) -> Result<(), Refusal> {
    let grade = row.pools.iter().find(|(_, id)| **id == pool).map(|(grade, _)| *grade);
    let before = grade.map_or(0, |grade| row.grams(grade));
    let shelf = desk.state.shelf.get(&pool);
    let left_g = shelf.and_then(|shelf| shelf.days.get(&row.picked_on)).copied().unwrap_or(0);
    let least = row.packed_g(pool).max(before.saturating_sub(left_g));
    if grams < least {
        return Err(MarketRefusal::LotTooSmall { left_g: least, lot: row.id }.into());
    }
    Ok(())
}

/// Whether a first weighing was off by more than the policy forgives.
fn is_wrong(desk: &Desk<'_>, first_g: i64, second_g: i64) -> bool {
    let bps = desk.policy().cooperative.reweigh_tolerance_bps;
    second_g.saturating_sub(first_g).saturating_abs() > floor_bps(first_g, bps)
}
