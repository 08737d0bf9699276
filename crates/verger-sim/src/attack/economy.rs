//! A village of honest households with good and bad luck. Owns how often they trade, with whom, and
//! who of them cannot repay; must not know any strategy.
//!
//! All numbers here are assumptions, stated in docs/trust.md. A household's *ability* scales what it
//! sells; the risk that a loan is lost falls with it, and rises while misfortune lasts.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use verger_domain::policy::Policy;
use verger_domain::trust::weights::Role;

use super::world::{Node, World};

/// Where the village's goods go: parts of 100 of all sales; the rest is for unknown buyers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Market {
    pub(super) cooperative: u32,
    pub(super) consumers: u32,
}

/// Two fifths of all goods go to the cooperative.
pub(super) const COOPERATIVE_VILLAGE: Market = Market { cooperative: 40, consumers: 15 };

/// One of how many days a household trades.
const TRADES_EVERY_DAYS: u32 = 6;
/// Of 100 trades: purchases from outside, and sales to neighbours.
const PURCHASES: u32 = 18;
const VILLAGE_TRADES: u32 = 8;
/// Unknown buyers who come back to a household.
const REGULARS: usize = 12;
/// One of how many days misfortune begins, and how long it lasts.
const MISFORTUNE_EVERY_DAYS: u32 = 500;
const MISFORTUNE_DAYS: i32 = 60;
/// How much likelier a loan is lost then.
const MISFORTUNE_FACTOR: f64 = 4.0;
/// The share of loans lost by a household of middling ability.
const USUAL_RISK: f64 = 0.025;
/// Of 1,000 sales, complaints that the household loses.
const DISPUTES_LOST: u32 = 5;
/// Of 100 loans, those repaid some days late.
const LATE: u32 = 4;
/// Days until what was lost is paid after all, or let go, and the household is free again.
const CURED_AFTER_DAYS: i32 = 120;
/// Who has no loan wants one every so many days.
const WANTS_EVERY_DAYS: u32 = 30;

/// An honest household.
#[derive(Clone, Debug)]
pub(super) struct Honest {
    pub(super) node: Node,
    pub(super) joined: i32,
    /// What share of its loans it loses in the long run.
    pub(super) risk: f64,
    ability: f64,
    regulars: Vec<Node>,
    misfortune_until: i32,
    /// When the loan is due, and its place among the outcomes.
    loan: Option<(i32, usize)>,
    frozen_until: Option<i32>,
    /// Whether it has never lost a loan.
    pub(super) is_faultless: bool,
    /// The day and the number of operations at which it reached level 1.
    pub(super) reached: Option<(i32, u32)>,
}

/// What became of a loan, with the points at which it was drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) points: i64,
    pub(super) principal_minor: i64,
    pub(super) is_lost: bool,
}

/// The village with its buyers, and the programme.
#[derive(Clone)]
pub(super) struct Village {
    pub(super) world: World,
    pub(super) honest: Vec<Honest>,
    pub(super) vendors: Vec<Node>,
    pub(super) cooperative: Node,
    pub(super) outcomes: Vec<Outcome>,
    contract_buyer: Node,
    consumers: Vec<Node>,
    unknown: Vec<Node>,
    market: Market,
}

impl Village {
    /// A village into which `households` move over the first `arrival_days`.
    pub(super) fn new(policy: &Policy, market: Market, households: usize) -> Self {
        let mut world = World::new(policy);
        let mut join =
            |role, count: usize| -> Vec<Node> { (0..count).map(|_| world.join(role)).collect() };
        let vendors = join(Role::Seed, 3);
        let consumers = join(Role::Seed, households * 4);
        let unknown = join(Role::Outside, households * 8);
        let (contract_buyer, cooperative) = (world.join(Role::Seed), world.join(Role::Cooperative));
        let mut village = Self {
            world,
            honest: Vec::new(),
            vendors,
            cooperative,
            outcomes: Vec::new(),
            contract_buyer,
            consumers,
            unknown,
            market,
        };
        // The cooperative has sold before, so its weight is known on the first morning.
        village.world.pay(contract_buyer, cooperative, 10 * village.world.unit_minor);
        village.world.sleep();
        village
    }

    /// A household of random ability moves in.
    pub(super) fn move_in(&mut self, rng: &mut ChaCha8Rng) -> usize {
        let luck = normal(rng);
        let risk = (USUAL_RISK * (-0.9 * luck).exp()).clamp(0.002, 0.4);
        self.settle_in((0.5 * luck).exp(), risk, rng)
    }

    /// A household of this ability and risk moves in; answers its place among the honest.
    pub(super) fn settle_in(&mut self, ability: f64, risk: f64, rng: &mut ChaCha8Rng) -> usize {
        let node = self.world.join(Role::Member);
        let regulars = (0..REGULARS).map(|_| pick(&self.unknown, rng)).collect();
        self.honest.push(Honest {
            node,
            joined: self.world.today,
            risk,
            ability,
            regulars,
            misfortune_until: 0,
            loan: None,
            frozen_until: None,
            is_faultless: true,
            reached: None,
        });
        self.honest.len() - 1
    }

    /// One day of honest life. Households for which `borrows` says no leave their limit alone.
    pub(super) fn live(&mut self, rng: &mut ChaCha8Rng, borrows: &dyn Fn(Node) -> bool) {
        let mut honest = std::mem::take(&mut self.honest);
        for household in &mut honest {
            self.live_one(household, rng, borrows(household.node));
        }
        self.honest = honest;
        self.world.sleep();
    }

    fn live_one(&mut self, household: &mut Honest, rng: &mut ChaCha8Rng, borrows: bool) {
        let today = self.world.today;
        if rng.random_ratio(1, MISFORTUNE_EVERY_DAYS) {
            household.misfortune_until = today + MISFORTUNE_DAYS;
        }
        let is_struck = today < household.misfortune_until;
        if !is_struck && rng.random_ratio(1, TRADES_EVERY_DAYS) {
            self.trade(household, rng);
        }
        if borrows {
            self.borrow(household, rng, is_struck);
        }
        if household.reached.is_none() && self.world.limit(household.node).level >= 1 {
            let operations = self.world.household(household.node).map_or(0, |h| h.operations);
            household.reached = Some((today - household.joined, operations));
        }
    }

    /// A sale or a purchase of the household's kind and size.
    fn trade(&mut self, household: &Honest, rng: &mut ChaCha8Rng) {
        let value_minor = self.value(household.ability, rng);
        let (node, kind) = (household.node, rng.random_range(0..100));
        if kind < PURCHASES {
            self.world.buy(node, pick(&self.vendors, rng), value_minor);
        } else if kind < PURCHASES + VILLAGE_TRADES {
            let payer = self.honest.get(rng.random_range(0..self.honest.len().max(1)));
            if let Some(payer) = payer.map(|payer| payer.node).filter(|payer| *payer != node) {
                self.world.trade(node, payer, value_minor / 2);
            }
        } else {
            self.sell(household, value_minor, rng);
        }
        if rng.random_ratio(DISPUTES_LOST, 1_000) {
            self.world.lose_dispute(node);
        }
    }

    fn sell(&mut self, household: &Honest, value_minor: i64, rng: &mut ChaCha8Rng) {
        let (node, channel) = (household.node, rng.random_range(0..100));
        let Market { cooperative, consumers } = self.market;
        if channel < cooperative {
            self.deliver(node, value_minor);
        } else if channel < cooperative + consumers {
            self.world.sell(node, pick(&self.consumers, rng), value_minor);
        } else {
            self.world.sell(node, pick(&household.regulars, rng), value_minor);
        }
    }

    /// A delivery to the village's cooperative, which sells on with a margin that pays its costs.
    pub(super) fn deliver(&mut self, member: Node, value_minor: i64) {
        self.world.deliver(member, self.cooperative, value_minor);
        self.world.pay(self.contract_buyer, self.cooperative, value_minor + value_minor / 10);
    }

    fn borrow(&mut self, household: &mut Honest, rng: &mut ChaCha8Rng, is_struck: bool) {
        let (node, today) = (household.node, self.world.today);
        if household.frozen_until.is_some_and(|day| day <= today) {
            self.world.cure(node);
            household.frozen_until = None;
        }
        match household.loan {
            Some((due, outcome)) if due <= today => {
                household.loan = None;
                if self.is_lost(household, rng, is_struck) {
                    household.frozen_until = Some(today + CURED_AFTER_DAYS);
                    household.is_faultless = false;
                    if let Some(outcome) = self.outcomes.get_mut(outcome) {
                        outcome.is_lost = true;
                    }
                }
            }
            None if household.frozen_until.is_none() && rng.random_ratio(1, WANTS_EVERY_DAYS) => {
                let points = self.world.limit(node).points;
                let principal_minor = self.world.draw(node);
                if principal_minor > 0 {
                    household.loan = Some((today + rng.random_range(28..=84), self.outcomes.len()));
                    self.outcomes.push(Outcome { points, principal_minor, is_lost: false });
                }
            }
            _ => {}
        }
    }

    /// The last day of a loan: lost, late, or repaid on time.
    fn is_lost(&mut self, household: &Honest, rng: &mut ChaCha8Rng, is_struck: bool) -> bool {
        let factor = if is_struck { MISFORTUNE_FACTOR } else { 1.0 };
        let is_lost = rng.random_bool((household.risk * factor).min(0.9));
        if is_lost {
            self.world.default(household.node);
        } else if rng.random_ratio(LATE, 100) {
            self.world.repay_late(household.node);
        } else {
            self.world.repay(household.node);
        }
        is_lost
    }

    fn value(&self, ability: f64, rng: &mut ChaCha8Rng) -> i64 {
        let units = ability * (0.4 * normal(rng) - 0.08).exp();
        minor(units, self.world.unit_minor).max(1)
    }
}

/// A draw from the normal distribution with mean 0 and deviation 1: twelve even draws, added.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// One of a list that is not empty.
pub(super) fn pick(nodes: &[Node], rng: &mut ChaCha8Rng) -> Node {
    let at = rng.random_range(0..nodes.len().max(1));
    nodes.get(at).copied().expect("villages have buyers, vendors and consumers")
}

/// An amount of this many units, in minor units.
pub(super) fn minor(units: f64, unit_minor: i64) -> i64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a random amount of a few units; a fraction of a fen is dropped"
    )]
    let minor = (units * unit_minor as f64) as i64;
    minor
}
