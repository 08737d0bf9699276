//! Load for the trust index: a year of payments of a county or a country. Owns its shape; draws only
//! from the seed it is given.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use verger_domain::trust::weights::{Payment, Role};

/// How large a graph of payments is.
#[derive(Clone, Copy, Debug)]
pub struct GraphSize {
    /// Members, outside buyers, seeds and cooperatives together.
    pub nodes: u32,
    /// Pairs of a payer and a payee.
    pub pairs: usize,
}

/// The nodes and the sorted sums of each pair.
pub struct PaymentGraph {
    /// What each node is.
    pub roles: Vec<Role>,
    /// What each paid whom, sorted by payer and payee.
    pub payments: Vec<Payment>,
}

/// A graph in which a third of the nodes are members, one outside buyer of five is proven, and a
/// few cooperatives and large buyers are paid by, or pay, thousands.
pub fn payment_graph(size: GraphSize, seed: u64) -> PaymentGraph {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let roles: Vec<Role> = (0..size.nodes).map(|node| role(node, &mut rng)).collect();
    let mut payments: Vec<Payment> = Vec::with_capacity(size.pairs.saturating_add(64));
    let mut payees = Vec::new();
    for payer in 0..size.nodes {
        let nodes_left = u64::from(size.nodes - payer);
        let pairs_left = u64::try_from(size.pairs.saturating_sub(payments.len())).unwrap_or(0);
        let mean = pairs_left / nodes_left.max(1);
        let most = if rng.random_ratio(1, 1_000) { mean * 500 } else { mean * 3 / 2 + 1 };
        let wanted = if nodes_left == 1 { pairs_left } else { rng.random_range(0..=most) };
        payees.clear();
        for _ in 0..wanted.min(pairs_left) {
            payees.push(payee(&roles, size.nodes, &mut rng));
        }
        payees.retain(|payee| *payee != payer);
        payees.sort_unstable();
        payees.dedup();
        payments.extend(payees.iter().map(|payee| {
            let amount_minor = 1 << rng.random_range(12..17);
            Payment { payer, payee: *payee, amount_minor: amount_minor + rng.random_range(0..64) }
        }));
    }
    PaymentGraph { roles, payments }
}

fn role(node: u32, rng: &mut ChaCha8Rng) -> Role {
    match node % 3 {
        0 if node.is_multiple_of(3_000) => Role::Cooperative,
        0 => Role::Member,
        _ if rng.random_ratio(1, 5) => Role::Seed,
        _ => Role::Outside,
    }
}

/// Mostly members, some more often than others; now and then a supplier.
fn payee(roles: &[Role], nodes: u32, rng: &mut ChaCha8Rng) -> u32 {
    // The product of two draws prefers small numbers, so some members sell much.
    let draw = u64::from(rng.random_range(0..nodes)) * u64::from(rng.random_range(1..=nodes));
    let node = u32::try_from(draw / u64::from(nodes.max(1))).unwrap_or(0);
    let of = |node: u32| usize::try_from(node).ok().and_then(|at| roles.get(at)).copied();
    if of(node) == Some(Role::Seed) { node } else { node / 3 * 3 }
}
