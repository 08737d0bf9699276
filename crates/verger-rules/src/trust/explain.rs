//! Why a household has the points and the limit it has, and what would raise them. Owns the choice
//! of the reasons and their numbers; must not know any language: texts are made of these numbers.

use std::collections::BTreeMap;

use super::GRAINS;
use super::apply::apply;
use super::book::{FactKind, Whom};
use super::limit::{Brakes, Limit, LimitReason, limit};
use super::member::{MemberTrust, PairTrust};
use super::op::{Operation, Pool, Weight};
use super::rules::Rules;
use crate::id::PartyId;
use crate::time::Date;

/// The most reasons that are shown, and the most ways to raise a limit.
const SHOWN_MAX: usize = 4;

/// A well-known buyer in "what would raise it": a third of his money is proven.
const KNOWN_BUYER: Weight = Weight::of(85);

/// One counterparty of a household, as the explanation needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counterparty {
    /// Who.
    pub party: PartyId,
    /// The trade so far.
    pub pair: PairTrust,
    /// The weight at which an operation would count today.
    pub weight: Weight,
    /// What it is.
    pub whom: Whom,
}

/// Everything an explanation is made of.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Brakes outside the index.
    pub brakes: Brakes,
    /// When each fact was confirmed last.
    pub facts: &'a BTreeMap<FactKind, Date>,
    /// The household.
    pub member: &'a MemberTrust,
    /// Everybody it traded with.
    pub counterparties: &'a [Counterparty],
}

/// One line of the sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The pool, or none for the penalties.
    pub pool: Option<Pool>,
    /// Whole points; all parts together are the points.
    pub points: i64,
    /// The same exactly, in grains.
    pub grains: i64,
    /// With whom, and how often, most often first.
    pub with: Vec<(PartyId, u32)>,
}

/// Why it is not more. Each carries the numbers that its sentence needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Fraud was proven.
    FraudBarred,
    /// A default is not cured.
    FrozenDefault {
        /// Since when.
        since: Date,
    },
    /// Lending pauses in the village.
    VillagePause,
    /// The agent's bond covers no more.
    CohortFull {
        /// What it covers, in minor units.
        room_minor: i64,
    },
    /// The level is the smallest.
    LevelLow {
        /// Points to the next level.
        missing_points: i64,
        /// Its limit, in minor units.
        next_limit_minor: i64,
    },
    /// Money from outside backs no more.
    BackingLow {
        /// From proven buyers in three months, in minor units.
        recent_minor: i64,
        /// Weighted, in twelve months, in minor units.
        backed_minor: i64,
    },
    /// No larger loan was repaid yet.
    StepNotRepaid {
        /// The largest so far, in minor units.
        largest_minor: i64,
    },
    /// Nobody who buys is proven.
    UnprovenOnly {
        /// Points that unproven buyers can give at most.
        cap_points: i64,
    },
    /// More with this counterparty adds nothing.
    OneCounterparty {
        /// Who.
        with: PartyId,
    },
    /// Points that count in the next months.
    PeriodCap {
        /// How many wait.
        waiting_points: i64,
    },
    /// Points that late payments cost now.
    PenaltyLate {
        /// How many.
        points: i64,
    },
    /// Points that lost disputes cost now.
    PenaltyDispute {
        /// How many.
        points: i64,
    },
    /// A fact about the household is not confirmed, or no more.
    IdentityPending {
        /// Points that the missing facts would give.
        points: i64,
    },
}

impl Reason {
    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FraudBarred => "FRAUD_BARRED",
            Self::FrozenDefault { .. } => "FROZEN_DEFAULT",
            Self::VillagePause => "VILLAGE_PAUSE",
            Self::CohortFull { .. } => "COHORT_FULL",
            Self::LevelLow { .. } => "LEVEL_LOW",
            Self::BackingLow { .. } => "BACKING_LOW",
            Self::StepNotRepaid { .. } => "STEP_NOT_REPAID",
            Self::UnprovenOnly { .. } => "UNPROVEN_ONLY",
            Self::OneCounterparty { .. } => "ONE_COUNTERPARTY",
            Self::PeriodCap { .. } => "PERIOD_CAP",
            Self::PenaltyLate { .. } => "PENALTY_LATE",
            Self::PenaltyDispute { .. } => "PENALTY_DISPUTE",
            Self::IdentityPending { .. } => "IDENTITY_PENDING",
        }
    }
}

/// What a household could do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Deliver to the cooperative or sell to a proven buyer; none means one it does not know yet.
    SellProven {
        /// To whom.
        to: Option<PartyId>,
        /// For how much, in minor units.
        value_minor: i64,
    },
    /// Sell to a buyer of good standing; none means a new one.
    SellKnown {
        /// To whom.
        to: Option<PartyId>,
        /// For how much, in minor units.
        value_minor: i64,
    },
    /// Buy through the shop and pay at once.
    Buy {
        /// For how much, in minor units.
        value_minor: i64,
    },
    /// Borrow and repay on time.
    Repay {
        /// After how many days.
        days_held: i64,
        /// How much, in minor units.
        principal_minor: i64,
    },
    /// Have a fact confirmed.
    Confirm {
        /// Which.
        fact: FactKind,
    },
    /// Pay what is overdue.
    Cure,
}

impl Deed {
    /// The stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SellProven { .. } => "sell_proven",
            Self::SellKnown { .. } => "sell_known",
            Self::Buy { .. } => "buy",
            Self::Repay { .. } => "repay",
            Self::Confirm { .. } => "confirm",
            Self::Cure => "cure",
        }
    }
}

/// A deed and what it would give, had it happened today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raise {
    /// What to do.
    pub deed: Deed,
    /// How many points more.
    pub points: i64,
    /// How much more limit, in minor units.
    pub limit_minor: i64,
}

/// A whole explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The limit with its three numbers.
    pub limit: Limit,
    /// From how many points the level counts; none at level 0.
    pub level_points: Option<i64>,
    /// From how many points the next one counts, and its limit; none at the highest.
    pub next_level: Option<(i64, i64)>,
    /// What the points are the sum of.
    pub parts: Vec<Part>,
    /// Why it is not more, the weightiest first; at most four.
    pub reasons: Vec<Reason>,
    /// What would raise it, the best first; at most four.
    pub raises: Vec<Raise>,
}

/// Explains a household's trust on a day (rule T-13): every number comes from the functions that
/// the limit itself comes from.
pub fn explain(rules: &Rules, facts: Facts<'_>, today: Date) -> Explanation {
    let mut member = facts.member.clone();
    member.advance(rules, today);
    let limit = limit(rules, &member, today, facts.brakes);
    let next = limit.level.checked_add(1).and_then(|level| rules.level_rule(level));
    let next_level = next.map(|rule| (rule.points, rule.limit_minor));
    Explanation {
        limit,
        level_points: rules.level_rule(limit.level).map(|rule| rule.points),
        next_level,
        parts: parts(rules, &member, facts.counterparties),
        reasons: reasons(rules, &member, facts, (&limit, next_level, today)),
        raises: raises(rules, &member, facts, (&limit, today)),
    }
}

// The largest remainder: parts are floored, and the points that are left over go to those that
// lost most by it, the first among equals. They add up to the points exactly.
fn parts(rules: &Rules, member: &MemberTrust, counterparties: &[Counterparty]) -> Vec<Part> {
    let pool = |pool: Pool| (Some(pool), member.pool_grains(rules, pool));
    let pools = Pool::ALL.into_iter().map(pool);
    let all = pools.chain([(None, member.penalty_grains.saturating_neg())]);
    let mut parts: Vec<Part> = all
        .map(|(pool, grains)| Part {
            pool,
            points: grains.div_euclid(GRAINS),
            grains,
            with: pool.map(|pool| most_often(pool, counterparties)).unwrap_or_default(),
        })
        .collect();
    let floored = parts.iter().fold(0_i64, |sum, part| sum.saturating_add(part.points));
    let left = member.points(rules).saturating_sub(floored);
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let rest = |index: &usize| parts.get(*index).map_or(0, |part| part.grains.rem_euclid(GRAINS));
    order.sort_by_key(|index| std::cmp::Reverse(rest(index)));
    let lucky = usize::try_from(left).unwrap_or(0);
    for index in order.into_iter().take(lucky) {
        if let Some(part) = parts.get_mut(index) {
            part.points = part.points.saturating_add(1);
        }
    }
    parts
}

fn most_often(pool: Pool, counterparties: &[Counterparty]) -> Vec<(PartyId, u32)> {
    let count = |with: &Counterparty| with.pair.counts.get(pool.index()).copied().unwrap_or(0);
    let mut with: Vec<_> = counterparties.iter().map(|with| (with.party, count(with))).collect();
    with.retain(|(_, count)| *count > 0);
    with.sort_by_key(|(party, count)| (std::cmp::Reverse(*count), *party));
    with.truncate(3);
    with
}

type Now<'a> = (&'a Limit, Option<(i64, i64)>, Date);

// First what makes the limit as small as it is, then what costs points, the costliest first.
fn reasons(
    rules: &Rules,
    member: &MemberTrust,
    facts: Facts<'_>,
    (limit, next_level, today): Now<'_>,
) -> Vec<Reason> {
    let first = match limit.reason {
        LimitReason::Barred => Some(Reason::FraudBarred),
        LimitReason::Frozen => member.frozen_on.map(|since| Reason::FrozenDefault { since }),
        LimitReason::VillagePause => Some(Reason::VillagePause),
        LimitReason::Cohort => {
            let room_minor = facts.brakes.cohort_room_minor.unwrap_or(0);
            Some(Reason::CohortFull { room_minor })
        }
        LimitReason::Level => next_level.map(|(points, next_limit_minor)| Reason::LevelLow {
            missing_points: points.saturating_sub(limit.points),
            next_limit_minor,
        }),
        LimitReason::Backing => Some(Reason::BackingLow {
            recent_minor: member.backing.recent_minor(today, rules.backing_first_days),
            backed_minor: member.backing.backed_minor,
        }),
        LimitReason::StepUp => {
            Some(Reason::StepNotRepaid { largest_minor: member.largest_repaid_minor })
        }
    };
    let mut costs = penalties(member);
    costs.push(waiting(rules, member));
    costs.extend(unproven(rules, member));
    costs.push(missing_facts(rules, member, facts, today));
    costs.extend(saturated(rules, member, facts, today));
    costs.retain(|(points, _)| *points > 0);
    costs.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
    first.into_iter().chain(costs.into_iter().map(|(_, reason)| reason)).take(SHOWN_MAX).collect()
}

// Each kind fades by itself, the sum that counts fades as one: what is shown is the sum, in the
// proportion of the kinds.
fn penalties(member: &MemberTrust) -> Vec<(i64, Reason)> {
    let blame = &member.blame;
    let kinds = [blame.late_grains, blame.dispute_grains, blame.default_grains];
    let sum = kinds.iter().fold(0_i64, |sum, part| sum.saturating_add(*part)).max(1);
    let share = |part: i64| {
        let product = i128::from(part).saturating_mul(i128::from(member.penalty_grains));
        let part = product.checked_div(i128::from(sum)).unwrap_or(0);
        i64::try_from(part).unwrap_or(0).div_euclid(GRAINS)
    };
    let late = share(blame.late_grains.saturating_add(blame.default_grains));
    let dispute = share(blame.dispute_grains);
    vec![
        (late, Reason::PenaltyLate { points: late }),
        (dispute, Reason::PenaltyDispute { points: dispute }),
    ]
}

fn waiting(rules: &Rules, member: &MemberTrust) -> (i64, Reason) {
    // What could still count: a full pool has no use for more.
    let waits = Pool::ALL.into_iter().map(|pool| {
        let rule = rules.pool(pool);
        let gain = member.gain.get(pool.index()).copied().unwrap_or(0);
        let room = rule.cap.saturating_sub(member.pool_grains(rules, pool)).max(0);
        gain.saturating_sub(rule.period_cap).clamp(0, room)
    });
    let waiting_points = waits.fold(0_i64, i64::saturating_add).div_euclid(GRAINS);
    (waiting_points, Reason::PeriodCap { waiting_points })
}

fn unproven(rules: &Rules, member: &MemberTrust) -> Option<(i64, Reason)> {
    let has = |pool| member.pool_grains(rules, pool);
    let cap = rules.pool(Pool::UnprovenSales).cap;
    let is_only = has(Pool::ProvenSales) < GRAINS && has(Pool::UnprovenSales) > 0;
    let cap_points = cap.div_euclid(GRAINS);
    is_only.then_some((cap_points, Reason::UnprovenOnly { cap_points }))
}

fn missing_facts(
    rules: &Rules,
    member: &MemberTrust,
    facts: Facts<'_>,
    today: Date,
) -> (i64, Reason) {
    let missing = FactKind::ALL.into_iter().filter(|fact| is_missing(facts.facts, *fact, today));
    let points = missing.fold(0_i64, |sum, fact| sum.saturating_add(fact.points()));
    let room = rules.pool(Pool::Facts).cap.saturating_sub(member.pool_grains(rules, Pool::Facts));
    let points = points.min(room.div_euclid(GRAINS));
    (points, Reason::IdentityPending { points })
}

/// Whether a fact was never confirmed, or so long ago that it may be again.
pub(super) fn is_missing(facts: &BTreeMap<FactKind, Date>, fact: FactKind, today: Date) -> bool {
    facts.get(&fact).is_none_or(|on| today.days_since(*on) >= FactKind::DAYS)
}

// A pair that stands where its curve is flat: a unit more with it gives less than half a point.
fn saturated(
    rules: &Rules,
    member: &MemberTrust,
    facts: Facts<'_>,
    today: Date,
) -> Option<(i64, Reason)> {
    let period = rules.period(today);
    let sellers = facts.counterparties.iter().filter(|with| with.whom != Whom::Supplier);
    sellers
        .filter_map(|with| {
            let mut pair = with.pair;
            pair.advance(rules, period);
            let stands = pair.sum_minor;
            let flat = rules.gain(Pool::ProvenSales, with.weight, stands, rules.unit_minor);
            let fresh = rules.gain(Pool::ProvenSales, with.weight, 0, rules.unit_minor);
            let lost = fresh.saturating_sub(flat).div_euclid(GRAINS);
            let is_flat = flat < GRAINS / 2 && member.acc.iter().any(|grains| *grains > 0);
            is_flat.then_some((lost, Reason::OneCounterparty { with: with.party }))
        })
        .max_by_key(|(lost, _)| *lost)
}

// Every way runs the very function that counts operations, on a copy.
fn raises(
    rules: &Rules,
    member: &MemberTrust,
    facts: Facts<'_>,
    (limit_now, today): (&Limit, Date),
) -> Vec<Raise> {
    let (mut ways, unit) = (Vec::new(), rules.unit_minor);
    let mut consider = |deed: Deed, pair: PairTrust, operation: Operation| {
        let (mut then, mut pair) = (member.clone(), pair);
        if apply(rules, &mut then, &mut pair, today, operation).is_err() {
            return;
        }
        let after = limit(rules, &then, today, facts.brakes);
        let points = after.points.saturating_sub(limit_now.points);
        let limit_minor = after.limit_minor.saturating_sub(limit_now.limit_minor);
        if points > 0 || limit_minor > 0 {
            ways.push(Raise { deed, points, limit_minor });
        }
    };
    if member.frozen_on.is_some() {
        consider(Deed::Cure, PairTrust::default(), Operation::Cured);
    }
    let two = unit.saturating_mul(2);
    let (to, pair, weight) = proven(facts.counterparties);
    let deed = Deed::SellProven { to, value_minor: two };
    consider(deed, pair, Operation::Sale { value_minor: two, weight });
    let (to, pair, weight) = (None, PairTrust::default(), KNOWN_BUYER);
    let deed = Deed::SellKnown { to, value_minor: unit };
    consider(deed, pair, Operation::Sale { value_minor: unit, weight });
    let (pair, weight) = vendor(facts.counterparties);
    let deed = Deed::Buy { value_minor: unit };
    consider(deed, pair, Operation::Purchase { value_minor: unit, weight });
    let days_held = i64::from(rules.repaid_days_full);
    let principal_minor = unit.min(limit_now.limit_minor);
    if principal_minor > 0 {
        let deed = Deed::Repay { days_held, principal_minor };
        consider(deed, PairTrust::default(), Operation::Repaid { days_held, principal_minor });
    }
    for fact in FactKind::ALL {
        if is_missing(facts.facts, fact, today) {
            let operation = Operation::Fact { points: fact.points() };
            consider(Deed::Confirm { fact }, PairTrust::default(), operation);
        }
    }
    ways.sort_by_key(|way| std::cmp::Reverse((way.limit_minor, way.points)));
    ways.truncate(SHOWN_MAX);
    ways
}

/// The anchor it sells to most, or one it does not know yet.
fn proven(counterparties: &[Counterparty]) -> (Option<PartyId>, PairTrust, Weight) {
    let is_anchor = |with: &&Counterparty| {
        with.weight == Weight::SEED && matches!(with.whom, Whom::Buyer | Whom::Cooperative)
    };
    let known = counterparties.iter().filter(is_anchor).max_by_key(|with| with.pair.sum_minor);
    known.map_or((None, PairTrust::default(), Weight::SEED), |with| {
        (Some(with.party), with.pair, with.weight)
    })
}

/// The supplier it buys from most, or a new one.
fn vendor(counterparties: &[Counterparty]) -> (PairTrust, Weight) {
    let vendors = counterparties.iter().filter(|with| with.whom == Whom::Supplier);
    let known = vendors.max_by_key(|with| with.pair.sum_minor);
    known.map_or((PairTrust::default(), Weight::SEED), |with| (with.pair, with.weight))
}
