//! Rules of lots: net is gross less tare on a calibrated scale before a witness, grades sum to net,
//! and the grower never grades his own. Source: `30-market` 2.7.

use std::collections::BTreeMap;

use super::{
    Desk, check_range, check_text, check_version, exists, illegal, is_of, not_allowed, unknown,
};
use crate::effect::Effect;
use crate::id::{LotId, PartyId, PoolId};
use crate::market::command::LotCommand as C;
use crate::market::lot::{Grade, Weighing};
use crate::market::split::total;
use crate::market::{Lot, LotEvent, LotPhase as P, PoolEvent, PoolPhase};
use crate::party::{CodeOf, Module, PartyKind, ShortCode};
use crate::refusal::{LedgerRefusal, MarketRefusal, PartyRefusal, Refusal};

/// The heaviest lot of a day, in grams.
const LOT_G_MAX: i64 = 50_000_000;

/// A scale is calibrated every year.
const CALIBRATION_DAYS: i32 = 365;

/// What can be asked of a lot where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Weighed => &["grade"],
        P::Graded => &[],
    }
}

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: LotId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    let C::Grade { graded, pools } = command else { return weigh(desk, id, command) };
    let known = desk.state.lot.get(&id).filter(|row| row.village == desk.command.village);
    let row = known.ok_or_else(|| unknown(id))?.clone();
    let grader = desk.actor()?;
    desk.agent_or(Module::M4, grader.kind == PartyKind::Cooperative)?;
    if is_of(grader, row.household) {
        return Err(MarketRefusal::NotIndependent { party: grader.id }.into());
    }
    check_version(row.version, version)?;
    if row.phase != P::Weighed {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    grade(desk, row, (grader.id, graded), pools)
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
        graded: BTreeMap::new(),
        household: *household,
        id,
        phase: P::Weighed,
        picked_on: *picked_on,
        variety: variety.clone(),
        version: 0,
        village: desk.command.village,
        weigher: agent.id,
        weighing: weighing.clone(),
    };
    desk.effects.push(Effect::Lot { event: LotEvent::Weighed(Box::new(row)), lot: id });
    Ok(())
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

fn grade(
    desk: &mut Desk<'_>,
    mut row: Lot,
    (grader, graded): (PartyId, &BTreeMap<Grade, i64>),
    pools: &BTreeMap<Grade, PoolId>,
) -> Result<(), Refusal> {
    let net_g = row.weighing.net_g();
    for grams in graded.values() {
        check_range("graded", *grams, 0, net_g)?;
    }
    let graded_g = total(graded.values().copied());
    if graded_g != net_g {
        return Err(MarketRefusal::GradesDiffer { graded_g, net_g }.into());
    }
    let wallet = desk.party(row.household)?.wallet();
    desk.purpose("lot.advance");
    let mut advances = BTreeMap::new();
    for (grade, id) in pools {
        let mut pool = super::pool::pool(desk, *id)?;
        let is_its = pool.variety == row.variety
            && pool.grade == *grade
            && (pool.from..=pool.to).contains(&row.picked_on);
        if !is_its || *grade == Grade::Cull {
            return Err(MarketRefusal::NotItsPool { pool: *id }.into());
        }
        if pool.phase != PoolPhase::Open {
            return Err(illegal(pool.phase.name(), super::pool::allowed(pool.phase)));
        }
        let grams = graded.get(grade).copied().unwrap_or(0);
        if grams == 0 {
            continue;
        }
        let bps = desk.policy().cooperative.advance_bps;
        let advance_minor = pool.advance_minor(grams, bps);
        desk.open(pool.advances(), format!("advances {}", pool.variety));
        desk.debit(pool.advances(), advance_minor);
        desk.credit(wallet, advance_minor);
        let (household, lot) = (row.household, row.id);
        let event = PoolEvent::Received { advance_minor, grams, household, lot };
        super::pool::tell(desk, &mut pool, event);
        advances.insert(*id, advance_minor);
    }
    let event = LotEvent::Graded { advances, graded: graded.clone(), grader };
    row.apply(&event);
    desk.effects.push(Effect::Lot { event, lot: row.id });
    Ok(())
}
