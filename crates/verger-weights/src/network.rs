//! The payments of the last 364 days, kept up day by day, and the batch on them. Owns the window;
//! must not read a store: who holds the payments hands over each once.

use std::collections::BTreeMap;

use super::{Crew, Graph, GraphError, Payment, Role, WINDOW_DAYS, WeightRules, place, solve};

/// What a batch found out about one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What share of its payments backs those it pays, of 256.
    pub weight: u16,
    /// What share of its own inflow is backed (beta), of 256.
    pub backed_share: u16,
    /// How much of its inflow backs a limit, in minor units (`backed_364d`).
    pub backed_minor: i64,
}

/// The outcome of a batch: every node that paid or was paid within the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch<K> {
    /// What was found out about each.
    pub standings: BTreeMap<K, Standing>,
    /// How many rounds the fixed point took.
    pub rounds: u8,
}

/// Payments between named nodes, and the sums of each pair over the window.
///
/// A batch adds what was settled since the last one and takes away what has become too old. It
/// never reads the whole year again, and finds what a fresh count of the year would.
#[derive(Clone, Debug)]
pub struct Network<K> {
    numbers: BTreeMap<K, u32>,
    roles: Vec<Role>,
    /// The sums within the window as of the last batch, sorted by payer and payee.
    rows: Vec<Payment>,
    /// Settled and not yet in the sums, by day.
    waiting: BTreeMap<i32, Vec<Payment>>,
    /// In the sums, by day, until they are too old.
    counted: BTreeMap<i32, Vec<Payment>>,
}

impl<K> Default for Network<K> {
    fn default() -> Self {
        Self {
            numbers: BTreeMap::new(),
            roles: Vec::new(),
            rows: Vec::new(),
            waiting: BTreeMap::new(),
            counted: BTreeMap::new(),
        }
    }
}

impl<K: Ord + Clone> Network<K> {
    /// Says what a node is; from the next batch on it counts as such. Who is never named here is an
    /// outside buyer.
    pub fn set_role(&mut self, name: &K, role: Role) {
        let number = self.number(name);
        if let Some(known) = self.roles.get_mut(place(number)) {
            *known = role;
        }
    }

    /// Takes in a payment that was settled on `day` (days since the epoch). What somebody pays
    /// himself, and amounts of zero or below, count nothing.
    pub fn settle(&mut self, day: i32, (payer, payee): (&K, &K), amount_minor: i64) {
        if payer == payee || amount_minor <= 0 {
            return;
        }
        let (payer, payee) = (self.number(payer), self.number(payee));
        self.waiting.entry(day).or_default().push(Payment { payer, payee, amount_minor });
    }

    /// Takes back what was settled on `day`, or a part of it: a refund, a chargeback, a payment that
    /// was proven forged. At most what was settled between the two on that very day.
    pub fn revoke(&mut self, day: i32, (payer, payee): (&K, &K), amount_minor: i64) {
        if payer == payee || amount_minor <= 0 {
            return;
        }
        let (payer, payee) = (self.number(payer), self.number(payee));
        let amount_minor = amount_minor.saturating_neg();
        self.waiting.entry(day).or_default().push(Payment { payer, payee, amount_minor });
    }

    /// Moves the window to the 364 days that end with `today`, and weighs every node in it.
    ///
    /// # Errors
    /// [`GraphError::TooMuch`] or [`GraphError::TooMany`] when sums leave what the books can hold;
    /// nothing is lost then, and the last batch stays in force.
    pub fn batch(
        &mut self,
        today: i32,
        rules: &WeightRules,
        crew: &Crew<'_>,
    ) -> Result<Batch<K>, GraphError> {
        self.advance(today)?;
        let graph = Graph::build(&self.roles, &self.rows, rules, crew)?;
        let solution = solve(&graph, rules, crew);
        let mut is_here = vec![false; self.roles.len()];
        for payment in &self.rows {
            for node in [payment.payer, payment.payee] {
                if let Some(here) = is_here.get_mut(place(node)) {
                    *here = true;
                }
            }
        }
        let standing = |number: usize| {
            is_here.get(number).copied().filter(|here| *here)?;
            Some(Standing {
                weight: solution.weights.get(number).copied()?,
                backed_share: solution.backed_shares.get(number).copied()?,
                backed_minor: solution.backed_minor.get(number).copied()?,
            })
        };
        let standings = self
            .numbers
            .iter()
            .filter_map(|(name, number)| Some((name.clone(), standing(place(*number))?)))
            .collect();
        Ok(Batch { standings, rounds: solution.rounds })
    }

    /// The sums of each pair within the window as of the last batch, by node number.
    pub fn rows(&self) -> &[Payment] {
        &self.rows
    }

    fn number(&mut self, name: &K) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        // Beyond 32 bits all would share the last number, and the batch refuses to run.
        let number = u32::try_from(self.roles.len()).unwrap_or(u32::MAX);
        self.roles.push(Role::Outside);
        self.numbers.insert(name.clone(), number);
        number
    }

    fn advance(&mut self, today: i32) -> Result<(), GraphError> {
        let oldest = today.saturating_sub(WINDOW_DAYS).saturating_add(1);
        // What comes in after its own window has closed is too old at once.
        let arrived = self.waiting.range(oldest..=today.max(oldest));
        let plus = sums(arrived.flat_map(|(_, payments)| payments))?;
        let minus = sums(self.counted.range(..oldest).flat_map(|(_, payments)| payments))?;
        self.rows = roll(&self.rows, &plus, &minus)?;
        let later = self.waiting.split_off(&today.saturating_add(1));
        let mut arrived = std::mem::replace(&mut self.waiting, later);
        self.counted = self.counted.split_off(&oldest);
        for (day, payments) in arrived.split_off(&oldest) {
            self.counted.entry(day).or_default().extend(payments);
        }
        Ok(())
    }
}

/// The sums of each pair, sorted.
fn sums<'p>(payments: impl Iterator<Item = &'p Payment>) -> Result<Vec<Payment>, GraphError> {
    let mut pairs: BTreeMap<(u32, u32), i64> = BTreeMap::new();
    for payment in payments {
        let sum = pairs.entry((payment.payer, payment.payee)).or_default();
        *sum = sum
            .checked_add(payment.amount_minor)
            .ok_or(GraphError::TooMuch { node: payment.payer })?;
    }
    let row = |((payer, payee), amount_minor)| Payment { payer, payee, amount_minor };
    Ok(pairs.into_iter().map(row).collect())
}

/// One pass over three sorted lists: what was there, plus what came, minus what is too old.
fn roll(base: &[Payment], plus: &[Payment], minus: &[Payment]) -> Result<Vec<Payment>, GraphError> {
    let mut rows = Vec::with_capacity(base.len().saturating_add(plus.len()));
    let (mut base, mut plus, mut minus) = (base.iter(), plus.iter(), minus.iter());
    loop {
        let heads = [&base, &plus, &minus].map(|list| list.as_slice().first().map(pair));
        let Some(next) = heads.into_iter().flatten().min() else { return Ok(rows) };
        let take = |list: &mut std::slice::Iter<'_, Payment>| match list.as_slice().first() {
            Some(payment) if pair(payment) == next => list.next().map_or(0, |p| p.amount_minor),
            _ => 0,
        };
        let (old, came, gone) = (take(&mut base), take(&mut plus), take(&mut minus));
        let (payer, payee) = next;
        // What leaves was once added, so it is subtracted first and never goes below zero.
        let sum = old.saturating_sub(gone).checked_add(came);
        let amount_minor = sum.ok_or(GraphError::TooMuch { node: payer })?;
        if amount_minor > 0 {
            rows.push(Payment { payer, payee, amount_minor });
        }
    }
}

fn pair(payment: &Payment) -> (u32, u32) {
    (payment.payer, payment.payee)
}
