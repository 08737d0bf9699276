//! The fixed point of the weights on a graph of payments. Owns the rounds (40-trust section 3); must
//! not change the graph.

use std::ops::Range;

use super::graph::{Graph, Inflow};
use super::{Crew, ROUNDS_MAX, Role, Task, WEIGHT_ONE, WeightRules, place};

/// What a batch found out about each node, by its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// What share of a node's payments backs those it pays, of 256.
    pub weights: Vec<u16>,
    /// What share of a node's own inflow is backed (beta), of 256.
    pub backed_shares: Vec<u16>,
    /// How much of a node's inflow backs a limit, in minor units (`backed_364d`).
    pub backed_minor: Vec<i64>,
    /// How many rounds it took; the last one changed nothing unless it is [`ROUNDS_MAX`].
    pub rounds: u8,
}

/// Weighs every node.
///
/// All weights of a round are computed from those of the round before, so neither the order of the
/// nodes nor the number of parts matters. The start is below every fixed point and each step is
/// monotone, so weights only rise: there is no cycle, and the result is the least fixed point
/// unless [`ROUNDS_MAX`] cuts it short.
pub fn solve(graph: &Graph<'_>, rules: &WeightRules, crew: &Crew<'_>) -> Solution {
    let step = Step { graph, rules };
    let by_payee = graph.parts_by_payee(crew.parts);
    let by_payer = graph.parts_by_payer(crew.parts);
    let mut weights: Vec<u16> = graph.roles.iter().map(|role| rules.first_weight(*role)).collect();
    let mut next = weights.clone();
    let mut backed_shares = vec![0_u16; weights.len()];
    let mut rounds = 0_u8;
    while rounds < ROUNDS_MAX {
        rounds = rounds.saturating_add(1);
        fill(crew, &by_payee, &mut backed_shares, |node| step.backed_share(node, &weights));
        fill(crew, &by_payer, &mut next, |node| step.weight(node, &weights, &backed_shares));
        if next == weights {
            break;
        }
        std::mem::swap(&mut next, &mut weights);
    }
    let backing: Vec<u16> =
        graph.roles.iter().zip(&weights).map(|(role, w)| rules.backing(*role, *w)).collect();
    let mut backed_minor = vec![0_i64; weights.len()];
    fill(crew, &by_payee, &mut backed_minor, |node| step.backed_minor(node, &backing));
    Solution { weights, backed_shares, backed_minor, rounds }
}

/// Computes each place of `out` from its number, part by part.
fn fill<T: Send>(
    crew: &Crew<'_>,
    parts: &[Range<usize>],
    out: &mut [T],
    value: impl Fn(usize) -> T + Sync,
) {
    let (value, mut left) = (&value, out);
    let mut tasks: Vec<Task<'_>> = Vec::new();
    for part in parts {
        let (own, rest) = left.split_at_mut(part.len());
        left = rest;
        let nodes = part.clone();
        tasks.push(Box::new(move || {
            for (node, place) in nodes.zip(own) {
                *place = value(node);
            }
        }));
    }
    (crew.run)(tasks);
}

/// One round, node by node.
struct Step<'s> {
    graph: &'s Graph<'s>,
    rules: &'s WeightRules,
}

impl Step<'_> {
    /// beta: which share of what the node was paid is backed, of 256.
    fn backed_share(&self, node: usize, weights: &[u16]) -> u16 {
        let backed = weighted(self.graph.paid_to(node), weights);
        share(backed, u128::from(self.graph.in_minor(node)))
    }

    fn weight(&self, node: usize, weights: &[u16], backed_shares: &[u16]) -> u16 {
        match self.graph.role(node) {
            Role::Seed => WEIGHT_ONE,
            Role::Outside => self.outside(node, backed_shares),
            Role::Member => self.member(node, backed_shares),
            Role::Cooperative => self.cooperative(node, weights),
        }
    }

    /// An outside buyer is as good as those it pays, halved: the mean of their backed shares, each
    /// by the money paid to it, and never below the prior.
    fn outside(&self, node: usize, backed_shares: &[u16]) -> u16 {
        let mut sum = 0_u128;
        for payment in self.graph.paid_by(node) {
            let share = backed_shares.get(place(payment.payee)).copied().unwrap_or(0);
            sum = add_product(sum, share, payment.amount_minor.unsigned_abs());
        }
        let mean = share(sum, u128::from(self.graph.out_minor(node)));
        self.damped(mean).max(self.rules.prior)
    }

    /// A member vouches only with the backed money that went through his hands: who pays out more
    /// than came in vouches with the share that did come in.
    fn member(&self, node: usize, backed_shares: &[u16]) -> u16 {
        let backed = self.damped(backed_shares.get(node).copied().unwrap_or(0));
        let (inflow, outflow) = (self.graph.in_minor(node), self.graph.out_minor(node));
        if inflow >= outflow {
            // Also of one who pays nobody: then nobody is paid with this weight.
            return if outflow == 0 { 0 } else { backed };
        }
        let part = u128::from(backed).saturating_mul(u128::from(inflow));
        quotient(part, u128::from(outflow)).min(WEIGHT_ONE)
    }

    /// A cooperative passes on the backing of its own outside money, and no more than that however
    /// much it pays out, so that a clerk cannot mint evidence. What outside buyers of whom nothing is
    /// proven pay in counts as it would for a member, see docs/decisions/0008-trust-weights.md.
    fn cooperative(&self, node: usize, weights: &[u16]) -> u16 {
        let (mut backed, mut outside_minor) = (0_u128, 0_u128);
        for inflow in self.graph.paid_to(node) {
            let payer = place(inflow.payer);
            let role = self.graph.role(payer);
            if matches!(role, Role::Seed | Role::Outside) {
                let weight = weights.get(payer).copied().unwrap_or(0);
                backed =
                    add_product(backed, self.rules.backing(role, weight), inflow.counted_minor);
                outside_minor = outside_minor.wrapping_add(u128::from(inflow.counted_minor));
            }
        }
        share(backed, outside_minor.max(u128::from(self.graph.out_minor(node))))
    }

    /// How much of what the node was paid backs a limit, in minor units; floor payer by payer, so
    /// that the lines of an explanation add up to it.
    fn backed_minor(&self, node: usize, backing: &[u16]) -> i64 {
        let mut sum = 0_i64;
        for inflow in self.graph.paid_to(node) {
            let share = backing.get(place(inflow.payer)).copied().unwrap_or(0);
            let backed = add_product(0, share, inflow.counted_minor) >> 8;
            // At most the node's inflow, which was checked to fit.
            sum = sum.saturating_add(i64::try_from(backed).unwrap_or(i64::MAX));
        }
        sum
    }

    /// What one hop keeps of a share.
    fn damped(&self, share: u16) -> u16 {
        let kept = u32::from(share).saturating_mul(u32::from(self.rules.damping)) >> 8;
        u16::try_from(kept).unwrap_or(WEIGHT_ONE)
    }
}

/// The sum of each payer's weight times what it paid.
fn weighted(inflows: &[Inflow], weights: &[u16]) -> u128 {
    let mut sum = 0_u128;
    for inflow in inflows {
        let weight = weights.get(place(inflow.payer)).copied().unwrap_or(0);
        sum = add_product(sum, weight, inflow.counted_minor);
    }
    sum
}

/// `sum + weight * amount`. The largest sum is 2^32 rows of 2^16 times 2^64, which fits in 128 bits
/// with room to spare, so wrapping arithmetic is exact here, and quick.
fn add_product(sum: u128, weight: u16, amount_minor: u64) -> u128 {
    sum.wrapping_add(u128::from(weight).wrapping_mul(u128::from(amount_minor)))
}

/// The floor of a share of 256: `part` is 256 times money, `whole` is money.
fn share(part: u128, whole: u128) -> u16 {
    quotient(part, whole).min(WEIGHT_ONE)
}

/// The floor of a division that is below 2^16; of nothing, nothing.
fn quotient(part: u128, whole: u128) -> u16 {
    // Nearly always both fit in 64 bits, where a division is several times quicker.
    let quotient = match (u64::try_from(part), u64::try_from(whole)) {
        (Ok(part), Ok(whole)) => part.checked_div(whole).map(u128::from),
        _ => part.checked_div(whole),
    };
    quotient.map_or(0, |quotient| u16::try_from(quotient).unwrap_or(u16::MAX))
}
