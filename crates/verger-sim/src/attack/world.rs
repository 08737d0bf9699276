//! The programme as cheats and honest people meet it: the real index, batch and limit on a village's
//! payments. Owns the clock of a run and what each operation does; must not know any strategy.

use std::collections::BTreeMap;
use std::sync::Arc;

use verger_domain::credit::decision::decide;
use verger_domain::credit::facts::{Consent, Facts, Holds, LimitFacts};
use verger_domain::credit::quote::Until;
use verger_domain::credit::{Terms, Tranche};
use verger_domain::id::TrancheId;
use verger_domain::policy::Policy;
use verger_domain::time::{Date, Instant};
use verger_domain::trust::weights::{Crew, Network, Role, Standing, WeightRules};
use verger_domain::trust::{
    Brakes, Limit, MemberTrust, Operation, PairTrust, Rules, Weight, apply, limit,
};

/// Somebody who pays or is paid.
pub(super) type Node = u32;

/// The day on which every run begins: the first of a period, as any other would do.
const FIRST_DAY: i32 = 20_608;

/// Days from the order to the evidence: carried, received, and the time for complaints over.
const SALE_DAYS: i32 = 6;
/// Days from the weigh ticket to its payment.
const DELIVERY_DAYS: i32 = 1;
/// Days from the order to the parcel that is paid at the counter.
const PURCHASE_DAYS: i32 = 3;

/// The term of every loan; whoever wants may repay before.
const TERM_DAYS: u32 = 84;

/// Every loan is well within the fund, and nobody owes anything elsewhere.
const FUND_MINOR: i64 = 1_000_000_000_000;

/// What the programme keeps of a household, and what the run counts about it.
#[derive(Clone, Debug, Default)]
pub(super) struct Household {
    pub(super) trust: MemberTrust,
    pairs: BTreeMap<Node, PairTrust>,
    joined: i32,
    /// What it owes.
    pub(super) loan: Option<Tranche>,
    /// Operations so far, the confirmed facts not among them.
    pub(super) operations: u32,
    /// What was sold through the shop and the cooperative, by day.
    sales: Vec<(i32, i64)>,
}

#[derive(Clone, Copy, Debug)]
enum Trade {
    Sale,
    Delivery,
    Purchase,
    Village,
}

/// A trade that counts once its day has come.
#[derive(Clone, Copy, Debug)]
struct Due {
    trade: Trade,
    member: Node,
    other: Node,
    value_minor: i64,
}

/// One programme, day by day.
#[derive(Clone)]
pub(super) struct World {
    rules: Rules,
    weight_rules: WeightRules,
    /// U, in minor units.
    pub(super) unit_minor: i64,
    policy: Arc<Policy>,
    pub(super) today: i32,
    network: Network<Node>,
    roles: Vec<Role>,
    standings: BTreeMap<Node, Standing>,
    households: BTreeMap<Node, Household>,
    due: BTreeMap<i32, Vec<Due>>,
}

impl World {
    pub(super) fn new(policy: &Policy) -> Self {
        let unit_minor = policy.programme.unit_minor;
        Self {
            rules: Rules::of(policy),
            weight_rules: policy.trust.weight_rules(unit_minor),
            unit_minor,
            policy: Arc::new(policy.clone()),
            today: FIRST_DAY,
            network: Network::default(),
            roles: Vec::new(),
            standings: BTreeMap::new(),
            households: BTreeMap::new(),
            due: BTreeMap::new(),
        }
    }

    /// Somebody new.
    pub(super) fn join(&mut self, role: Role) -> Node {
        let node = u32::try_from(self.roles.len()).unwrap_or(u32::MAX);
        self.roles.push(role);
        self.network.set_role(&node, role);
        if role == Role::Member {
            let mut household = Household { joined: self.today, ..Household::default() };
            // Identity, address and plot, confirmed by a second witness.
            let fact = Operation::Fact { points: 40 };
            self.count(&mut household, node, fact);
            self.households.insert(node, household);
        }
        node
    }

    pub(super) fn household(&self, member: Node) -> Option<&Household> {
        self.households.get(&member)
    }

    /// Ends the day: what is due counts, and the night's batch gives the weights of tomorrow.
    pub(super) fn sleep(&mut self) {
        self.today += 1;
        let later = self.due.split_off(&(self.today + 1));
        for due in std::mem::replace(&mut self.due, later).into_values().flatten() {
            self.settle(due);
        }
        let batch = self.network.batch(self.today, &self.weight_rules, &Crew::ALONE);
        let batch = batch.expect("a village's money fits in 63 bits");
        for (member, household) in &mut self.households {
            let backed = batch.standings.get(member).map_or(0, |standing| standing.backed_minor);
            household.trust.backing.backed_minor = backed;
        }
        self.standings = batch.standings;
    }

    /// A sale through the shop to somebody outside.
    pub(super) fn sell(&mut self, member: Node, buyer: Node, value_minor: i64) {
        self.later(SALE_DAYS, Due { trade: Trade::Sale, member, other: buyer, value_minor });
    }

    /// A delivery to the cooperative.
    pub(super) fn deliver(&mut self, member: Node, cooperative: Node, value_minor: i64) {
        let due = Due { trade: Trade::Delivery, member, other: cooperative, value_minor };
        self.later(DELIVERY_DAYS, due);
    }

    /// A purchase through the shop, paid when it is handed over.
    pub(super) fn buy(&mut self, member: Node, vendor: Node, value_minor: i64) {
        self.later(
            PURCHASE_DAYS,
            Due { trade: Trade::Purchase, member, other: vendor, value_minor },
        );
    }

    /// A sale to another member, over the counter.
    pub(super) fn trade(&mut self, seller: Node, payer: Node, value_minor: i64) {
        self.settle(Due { trade: Trade::Village, member: seller, other: payer, value_minor });
    }

    /// Money that no member's evidence is about: a buyer pays the cooperative, say.
    pub(super) fn pay(&mut self, payer: Node, payee: Node, value_minor: i64) {
        self.network.settle(self.today, (&payer, &payee), value_minor);
    }

    /// A complaint that the member lost.
    pub(super) fn lose_dispute(&mut self, member: Node) {
        self.happen(member, Operation::DisputeLost);
    }

    /// The limit with nothing but the index's own rules.
    pub(super) fn limit(&self, member: Node) -> Limit {
        let trust = self.households.get(&member).map(|household| &household.trust);
        let newcomer = MemberTrust::default();
        limit(&self.rules, trust.unwrap_or(&newcomer), self.date(), Brakes::default())
    }

    /// Draws all that a decision about credit allows; answers how much that was.
    pub(super) fn draw(&mut self, member: Node) -> i64 {
        let limit_minor = self.limit(member).limit_minor;
        let step_minor = self.policy.credit.draw_step_minor.max(1);
        let amount_minor = limit_minor / step_minor * step_minor;
        let Some(facts) = self.facts(member, amount_minor).filter(|_| amount_minor > 0) else {
            return 0;
        };
        let decision = decide(&facts, &self.policy);
        if !decision.is_granted {
            return 0;
        }
        let (today, terms) = (self.date(), Terms::of(&self.policy.credit));
        let due_on = self.date_in(i32::try_from(TERM_DAYS).unwrap_or(0));
        let id = TrancheId::from_bits(u128::from(member));
        let loan = Tranche::draw(id, amount_minor, (today, due_on), terms);
        if let Some(household) = self.households.get_mut(&member) {
            household.loan = Some(loan);
        }
        amount_minor
    }

    /// What a decision looks at. No brake outside the index helps: no agent answers with a bond, the
    /// village is never late, and every mark on the file is clear.
    fn facts(&self, member: Node, amount_minor: i64) -> Option<Facts> {
        let household = self.households.get(&member)?;
        let (today, limit) = (self.date(), self.limit(member));
        if household.loan.is_some() {
            return None;
        }
        let micros = i64::from(self.today).saturating_mul(86_400_000_000);
        Some(Facts {
            agent: None,
            amount_minor,
            at: Instant::from_micros(micros),
            consent: Consent::Given,
            cooling_off_until: None,
            disputes_open: 0,
            enterprise: None,
            fund_minor: FUND_MINOR,
            holds: Holds::default(),
            identity_until: Some(today),
            limit: LimitFacts {
                backing_minor: limit.backing_minor,
                is_frozen: household.trust.frozen_on.is_some(),
                level: limit.level.into(),
                level_minor: limit.level_limit_minor,
                limit_minor: limit.limit_minor,
                lost: Vec::new(),
                next_points: None,
                points: limit.points,
                reason: limit.reason.name().to_owned(),
                step_up_minor: limit.step_up_minor,
            },
            other_debt_minor: 0,
            outstanding_minor: 0,
            overdue_days: 0,
            overdue_minor: 0,
            par30_bps: 0,
            plan: None,
            purpose: self.policy.credit.purposes.first().cloned().unwrap_or_default(),
            registered_on: Date::from_days(household.joined)?,
            today,
            until: Until::Days(TERM_DAYS),
            written_off_on: None,
        })
    }

    /// For how many days the household has owed, if it owes anything.
    pub(super) fn held_days(&self, member: Node) -> Option<i32> {
        let loan = self.households.get(&member)?.loan.as_ref()?;
        Some(self.date().days_since(loan.drawn_on))
    }

    /// Repays in full and on time; answers what it cost.
    pub(super) fn repay(&mut self, member: Node) -> i64 {
        let Some(days_held) = self.held_days(member) else { return 0 };
        let Some(mut loan) = self.take_loan(member) else { return 0 };
        loan.advance(self.date());
        let principal_minor = loan.principal_minor;
        let days_held = i64::from(days_held);
        self.happen(member, Operation::Repaid { days_held, principal_minor });
        loan.payoff_minor() - principal_minor
    }

    /// Repays late: it counts against, not for.
    pub(super) fn repay_late(&mut self, member: Node) {
        if self.take_loan(member).is_some() {
            self.happen(member, Operation::Late);
        }
    }

    /// Thirty days late: the loan is lost, and the household frozen.
    pub(super) fn default(&mut self, member: Node) -> i64 {
        let Some(loan) = self.take_loan(member) else { return 0 };
        self.happen(member, Operation::Defaulted);
        loan.principal_minor
    }

    /// What was in default is paid after all.
    pub(super) fn cure(&mut self, member: Node) {
        self.happen(member, Operation::Cured);
    }

    /// What a household sold in the last 364 days, in minor units.
    pub(super) fn sold_in_a_year(&self, member: Node) -> i64 {
        let sales = self.households.get(&member).map_or(&[][..], |household| &household.sales);
        sales.iter().filter(|(day, _)| self.today - day < 364).map(|(_, minor)| minor).sum()
    }

    fn date(&self) -> Date {
        self.date_in(0)
    }

    fn date_in(&self, days: i32) -> Date {
        Date::from_days(self.today + days).expect("runs end long before 2200")
    }

    fn later(&mut self, days: i32, due: Due) {
        self.due.entry(self.today + days).or_default().push(due);
    }

    fn take_loan(&mut self, member: Node) -> Option<Tranche> {
        self.households.get_mut(&member)?.loan.take()
    }

    fn happen(&mut self, member: Node, operation: Operation) {
        if let Some(mut household) = self.households.remove(&member) {
            self.count(&mut household, member, operation);
            self.households.insert(member, household);
        }
    }

    /// The money moves and the evidence counts, at the weights of the last batch.
    fn settle(&mut self, due: Due) {
        let Due { trade, member, other, value_minor } = due;
        let weight = self.weight(other);
        let operation = match trade {
            Trade::Sale | Trade::Delivery => Operation::Sale { value_minor, weight },
            Trade::Purchase => Operation::Purchase { value_minor, weight },
            Trade::Village => Operation::VillageTrade { value_minor, weight },
        };
        match trade {
            Trade::Purchase => self.pay(member, other, value_minor),
            Trade::Sale | Trade::Delivery | Trade::Village => self.pay(other, member, value_minor),
        }
        let today = self.today;
        let Some(mut household) = self.households.remove(&member) else { return };
        self.count(&mut household, other, operation);
        household.operations += 1;
        if matches!(trade, Trade::Sale | Trade::Delivery) {
            household.sales.push((today, value_minor));
        }
        self.households.insert(member, household);
    }

    fn count(&self, household: &mut Household, other: Node, operation: Operation) {
        let pair = household.pairs.entry(other).or_default();
        apply(&self.rules, &mut household.trust, pair, self.date(), operation)
            .expect("a run goes forward in time with amounts above zero");
    }

    fn weight(&self, node: Node) -> Weight {
        let role = usize::try_from(node).ok().and_then(|at| self.roles.get(at).copied());
        let known = self.standings.get(&node).map(|standing| standing.weight);
        match role {
            Some(Role::Seed) => Weight::SEED,
            Some(Role::Cooperative) => Weight { is_seed: true, share: known.unwrap_or(0) },
            Some(Role::Member) => Weight::of(known.unwrap_or(0)),
            Some(Role::Outside) | None => Weight::of(known.unwrap_or(self.weight_rules.prior)),
        }
    }
}
