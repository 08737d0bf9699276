//! The payments of a window as two arrays: by payer as they came, by payee as counted here. Owns
//! their checks. Must not weigh anything.

use std::ops::Range;

use super::{Crew, Payment, Role, Task, WeightRules, place};

/// Why rows are not a graph of payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A row does not come after the one before it, or a pair comes twice.
    #[error("row {row} is not after the one before it: rows are sorted by payer, then payee")]
    Unsorted {
        /// Its number, from 0.
        row: usize,
    },
    /// An amount is zero or below: the sum of what was settled is above zero or is no row.
    #[error("row {row} has an amount of {amount_minor}, should be above 0")]
    Amount {
        /// Its number, from 0.
        row: usize,
        /// The amount, in minor units.
        amount_minor: i64,
    },
    /// A payer or payee has no role.
    #[error("row {row} names the node {node}, of which no role is known")]
    UnknownNode {
        /// Its number, from 0.
        row: usize,
        /// The node.
        node: u32,
    },
    /// Somebody pays himself, which proves nothing and must not dilute his inflow either.
    #[error("row {row} has the node {node} pay itself")]
    SelfPayment {
        /// Its number, from 0.
        row: usize,
        /// The node.
        node: u32,
    },
    /// One node's money in a window exceeds 63 bits, which no account of the ledger can hold.
    #[error("the payments of the node {node} exceed 63 bits")]
    TooMuch {
        /// The node.
        node: u32,
    },
    /// More rows or nodes than their numbers can count.
    #[error("{count} are more than 4,294,967,294 rows or nodes")]
    TooMany {
        /// How many.
        count: usize,
    },
}

/// One payment as its payee sees it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inflow {
    pub(super) payer: u32,
    /// What of the payment can back at all, in minor units.
    pub(super) counted_minor: u64,
}

/// Payments by payer and by payee, with each node's sums: what a batch is counted on.
#[derive(Debug)]
pub struct Graph<'g> {
    pub(super) roles: &'g [Role],
    /// Sorted by payer: the outflow of node `n` is `payments[out_starts[n]..out_starts[n + 1]]`.
    pub(super) payments: &'g [Payment],
    out_starts: Vec<u32>,
    /// Sorted by payee, and of one payee by payer.
    inflows: Vec<Inflow>,
    in_starts: Vec<u32>,
    out_minor: Vec<u64>,
    in_minor: Vec<u64>,
}

impl<'g> Graph<'g> {
    /// Takes in rows sorted by payer and payee, each pair once; node `n` has the role `roles[n]`.
    ///
    /// # Errors
    /// [`GraphError`] names the first row that is not as it should be.
    pub fn build(
        roles: &'g [Role],
        payments: &'g [Payment],
        rules: &WeightRules,
        crew: &Crew<'_>,
    ) -> Result<Self, GraphError> {
        check_size(roles.len())?;
        check_size(payments.len())?;
        let (out_starts, out_minor) = outflows(roles, payments)?;
        let source = Source { roles, payments, cap_minor: rules.payer_cap_minor };
        let (in_starts, inflows, in_minor) = source.inflows(crew)?;
        Ok(Self { roles, payments, out_starts, inflows, in_starts, out_minor, in_minor })
    }

    pub(super) fn role(&self, node: usize) -> Role {
        self.roles.get(node).copied().unwrap_or(Role::Outside)
    }

    /// What the node paid, row by row.
    pub(super) fn paid_by(&self, node: usize) -> &[Payment] {
        self.payments.get(stretch(&self.out_starts, node)).unwrap_or_default()
    }

    /// What the node was paid, row by row.
    pub(super) fn paid_to(&self, node: usize) -> &[Inflow] {
        self.inflows.get(stretch(&self.in_starts, node)).unwrap_or_default()
    }

    /// All that the node paid, in minor units.
    pub(super) fn out_minor(&self, node: usize) -> u64 {
        self.out_minor.get(node).copied().unwrap_or(0)
    }

    /// All that the node was paid, in minor units.
    pub(super) fn in_minor(&self, node: usize) -> u64 {
        self.in_minor.get(node).copied().unwrap_or(0)
    }

    /// Ranges of nodes with about equally many payments made.
    pub(super) fn parts_by_payer(&self, parts: usize) -> Vec<Range<usize>> {
        cut(&self.out_starts, parts)
    }

    /// Ranges of nodes with about equally many payments received.
    pub(super) fn parts_by_payee(&self, parts: usize) -> Vec<Range<usize>> {
        cut(&self.in_starts, parts)
    }
}

/// One below `u32::MAX`, so that an array of starts, which is one longer, still fits.
fn check_size(count: usize) -> Result<(), GraphError> {
    if u32::try_from(count).is_ok_and(|count| count < u32::MAX) {
        return Ok(());
    }
    Err(GraphError::TooMany { count })
}

/// The rows of one node within an array of starts.
fn stretch(starts: &[u32], node: usize) -> Range<usize> {
    let at = |node| starts.get(node).map_or(0, |start| place(*start));
    at(node)..at(node.saturating_add(1))
}

/// Cuts the nodes so that each part has about equally many rows.
fn cut(starts: &[u32], parts: usize) -> Vec<Range<usize>> {
    let nodes = starts.len().saturating_sub(1);
    let rows = starts.last().map_or(0, |last| place(*last));
    let parts = parts.max(1);
    let bound = |part: usize| {
        let rows_before = rows.saturating_mul(part).checked_div(parts).unwrap_or(0);
        starts.partition_point(|start| place(*start) < rows_before).min(nodes)
    };
    let mut ranges = Vec::with_capacity(parts);
    let mut from = 0;
    for part in 1..parts {
        let to = bound(part).max(from);
        ranges.push(from..to);
        from = to;
    }
    ranges.push(from..nodes);
    ranges
}

/// Checks the rows, and finds where each payer's begin and what they come to.
fn outflows(roles: &[Role], payments: &[Payment]) -> Result<(Vec<u32>, Vec<u64>), GraphError> {
    let mut starts = Vec::with_capacity(roles.len().saturating_add(1));
    let mut sums = vec![0_u64; roles.len()];
    let mut before = None;
    for (row, payment) in payments.iter().enumerate() {
        check_row(row, payment, before, roles.len())?;
        before = Some((payment.payer, payment.payee));
        // The check of the size made sure that a row's number fits.
        let start = u32::try_from(row).unwrap_or(u32::MAX);
        while starts.len() <= place(payment.payer) {
            starts.push(start);
        }
        if let Some(sum) = sums.get_mut(place(payment.payer)) {
            *sum = total(*sum, payment, payment.payer)?;
        }
    }
    starts.resize(roles.len().saturating_add(1), u32::try_from(payments.len()).unwrap_or(u32::MAX));
    Ok((starts, sums))
}

fn check_row(
    row: usize,
    payment: &Payment,
    before: Option<(u32, u32)>,
    nodes: usize,
) -> Result<(), GraphError> {
    let Payment { payer, payee, amount_minor } = *payment;
    if amount_minor <= 0 {
        return Err(GraphError::Amount { row, amount_minor });
    }
    if place(payer) >= nodes || place(payee) >= nodes {
        let node = if place(payer) >= nodes { payer } else { payee };
        return Err(GraphError::UnknownNode { row, node });
    }
    if payer == payee {
        return Err(GraphError::SelfPayment { row, node: payer });
    }
    if before.is_some_and(|before| before >= (payer, payee)) {
        return Err(GraphError::Unsorted { row });
    }
    Ok(())
}

/// A sum of money that stays within what an account of the ledger can hold.
fn total(sum: u64, payment: &Payment, node: u32) -> Result<u64, GraphError> {
    sum.checked_add(payment.amount_minor.unsigned_abs())
        .filter(|sum| i64::try_from(*sum).is_ok())
        .ok_or(GraphError::TooMuch { node })
}

/// Rows to be sorted by payee.
#[derive(Clone, Copy)]
struct Source<'s> {
    roles: &'s [Role],
    payments: &'s [Payment],
    cap_minor: u64,
}

/// Where the next row of a payee goes, and what it was paid so far.
#[derive(Clone, Copy, Default)]
struct Cursor {
    next: u32,
    sum_minor: u64,
}

type Inflows = (Vec<u32>, Vec<Inflow>, Vec<u64>);

impl Source<'_> {
    /// A counting sort by payee. Each part owns a range of payees, reads all rows, and writes only
    /// what is paid to its own: so no two parts meet, and rows keep their order by payer.
    fn inflows(&self, crew: &Crew<'_>) -> Result<Inflows, GraphError> {
        let starts = self.count(crew);
        let ranges = cut(&starts, crew.parts);
        let mut inflows = vec![Inflow::default(); self.payments.len()];
        let mut sums = vec![0_u64; self.roles.len()];
        let mut outcomes = vec![Ok(()); ranges.len()];
        let mut tasks: Vec<Task<'_>> = Vec::new();
        let (mut inflows_left, mut sums_left) = (inflows.as_mut_slice(), sums.as_mut_slice());
        for (payees, outcome) in ranges.into_iter().zip(&mut outcomes) {
            let rows = stretch(&starts, payees.start).start..stretch(&starts, payees.end).start;
            let (own_inflows, inflows_rest) = inflows_left.split_at_mut(rows.len());
            let (own_sums, sums_rest) = sums_left.split_at_mut(payees.len());
            (inflows_left, sums_left) = (inflows_rest, sums_rest);
            let starts = starts.as_slice();
            tasks.push(Box::new(move || {
                *outcome = self.fill(starts, payees, own_inflows, own_sums);
            }));
        }
        (crew.run)(tasks);
        outcomes.into_iter().collect::<Result<(), _>>()?;
        Ok((starts, inflows, sums))
    }

    /// Where the rows of each payee begin.
    fn count(&self, crew: &Crew<'_>) -> Vec<u32> {
        let nodes = self.roles.len();
        let mut starts = vec![0_u32; nodes.saturating_add(1)];
        let width = nodes.div_ceil(crew.parts.max(1)).max(1);
        let counts = starts.get_mut(..nodes).unwrap_or_default();
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for (part, own) in counts.chunks_mut(width).enumerate() {
            let first = width.saturating_mul(part);
            tasks.push(Box::new(move || {
                for payment in self.payments {
                    let at = place(payment.payee).wrapping_sub(first);
                    if let Some(count) = own.get_mut(at) {
                        *count = count.wrapping_add(1);
                    }
                }
            }));
        }
        (crew.run)(tasks);
        let mut sum = 0_u32;
        for start in &mut starts {
            let count = *start;
            *start = sum;
            // All counts together are the rows, which were checked to fit.
            sum = sum.wrapping_add(count);
        }
        starts
    }

    fn fill(
        &self,
        starts: &[u32],
        payees: Range<usize>,
        inflows: &mut [Inflow],
        sums: &mut [u64],
    ) -> Result<(), GraphError> {
        let first_row = starts.get(payees.start).copied().unwrap_or(0);
        let own_starts = starts.get(payees.clone()).unwrap_or_default();
        let new = |start: &u32| Cursor { next: start.wrapping_sub(first_row), sum_minor: 0 };
        let mut cursors: Vec<Cursor> = own_starts.iter().map(new).collect();
        for payment in self.payments {
            let at = place(payment.payee).wrapping_sub(payees.start);
            let Some(cursor) = cursors.get_mut(at) else { continue };
            cursor.sum_minor = total(cursor.sum_minor, payment, payment.payee)?;
            if let Some(inflow) = inflows.get_mut(place(cursor.next)) {
                *inflow =
                    Inflow { payer: payment.payer, counted_minor: self.counted_minor(payment) };
            }
            cursor.next = cursor.next.wrapping_add(1);
        }
        for (sum, cursor) in sums.iter_mut().zip(&cursors) {
            *sum = cursor.sum_minor;
        }
        Ok(())
    }

    /// What of a payment can back: all of it when the payer is proven or a cooperative; of an
    /// unproven payer's only the first 20 U, so that one rich sock puppet does not carry a seller.
    /// A cooperative trades for hundreds of households, so its own buyers are not cut.
    fn counted_minor(&self, payment: &Payment) -> u64 {
        let amount_minor = payment.amount_minor.unsigned_abs();
        let role = |node: u32| self.roles.get(place(node)).copied();
        match (role(payment.payer), role(payment.payee)) {
            (Some(Role::Seed | Role::Cooperative), _) | (_, Some(Role::Cooperative)) => {
                amount_minor
            }
            _ => amount_minor.min(self.cap_minor),
        }
    }
}
