//! Tests of the backing weights: the golden vectors, a plain second implementation on random
//! graphs, and what no clique of cheats may gain. Owns nothing but its graphs.
#![expect(clippy::arithmetic_side_effects, reason = "an overflow in a test fails the test")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;

use super::*;

const VECTORS: &str = include_str!("../../verger-cli/tests/vectors/trust.json");

const RULES: WeightRules =
    WeightRules { damping: 128, prior: 32, unproven_max: 48, payer_cap_minor: 200_000 };

type Pairs = BTreeMap<(u32, u32), i64>;

fn count(roles: &[Role]) -> u32 {
    u32::try_from(roles.len()).unwrap()
}

fn rows(pairs: &Pairs) -> Vec<Payment> {
    let row = |(&(payer, payee), &amount_minor)| Payment { payer, payee, amount_minor };
    pairs.iter().map(row).collect()
}

fn weigh(roles: &[Role], pairs: &Pairs, crew: &Crew<'_>) -> Solution {
    let rows = rows(pairs);
    let graph = Graph::build(roles, &rows, &RULES, crew).unwrap();
    solve(&graph, &RULES, crew)
}

/// Goal: every golden vector of the batch, to the last digit, also when it is cut into parts.
#[test]
fn golden_vectors_of_the_batch_pass() {
    let file: Value = serde_json::from_str(VECTORS).unwrap();
    let batches: Vec<&Value> =
        file["vectors"].as_array().unwrap().iter().filter(|v| v["kind"] == "batch").collect();
    assert_eq!(batches.len(), 12);
    for vector in batches {
        for parts in [1, 3] {
            let crew = Crew { parts, ..Crew::ALONE };
            let (found, wanted) = (found(vector, &crew), &vector["expect"]);
            assert_eq!(&found, wanted, "{} in {parts} parts", vector["id"]);
        }
    }
}

/// A vector's batch, in the vector's own form.
fn found(vector: &Value, crew: &Crew<'_>) -> Value {
    let names = |field: &str| -> Vec<String> {
        vector[field].as_array().unwrap().iter().map(|n| n.as_str().unwrap().to_owned()).collect()
    };
    let mut network = Network::default();
    for name in names("members") {
        network.set_role(&name, Role::Member);
    }
    for name in names("seeds") {
        network.set_role(&name, Role::Seed);
    }
    for edge in vector["edges"].as_array().unwrap() {
        let name = |at: usize| edge[at].as_str().unwrap().to_owned();
        network.settle(9, (&name(0), &name(1)), edge[2].as_i64().unwrap());
    }
    let rules =
        WeightRules { payer_cap_minor: 20 * vector["unit_minor"].as_u64().unwrap(), ..RULES };
    let batch = network.batch(9, &rules, crew).unwrap();
    let column = |of: &dyn Fn(&Standing) -> i64| -> Value {
        batch.standings.iter().map(|(name, s)| (name.clone(), Value::from(of(s)))).collect()
    };
    serde_json::json!({
        "weights": column(&|s| s.weight.into()),
        "backed_share": column(&|s| s.backed_share.into()),
        "backed_minor": column(&|s| s.backed_minor),
        "rounds": batch.rounds,
    })
}

/// The document's formula once more, pair by pair over maps, without arrays, parts or shortcuts.
fn plainly(roles: &[Role], pairs: &Pairs) -> Solution {
    let wide = |value: i64| i128::from(value);
    let role = |node: u32| roles[place(node)];
    let is_cut = |payer: u32, payee: u32| {
        matches!(role(payer), Role::Member | Role::Outside) && role(payee) != Role::Cooperative
    };
    let cap = i64::try_from(RULES.payer_cap_minor).unwrap();
    let counted = |payer, payee, amount: i64| {
        wide(if is_cut(payer, payee) { amount.min(cap) } else { amount })
    };
    let nodes = 0..count(roles);
    let sum = |of: &dyn Fn(u32, u32, i64) -> i128| -> i128 {
        pairs.iter().map(|(&(payer, payee), &amount)| of(payer, payee, amount)).sum()
    };
    let floor = |part: i128, whole: i128| if whole == 0 { 0 } else { part / whole };
    let first = |role: &Role| match role {
        Role::Seed => 256,
        Role::Outside => 32,
        Role::Member | Role::Cooperative => 0,
    };
    let mut weights: Vec<i128> = roles.iter().map(first).collect();
    let mut betas: Vec<i128>;
    let mut rounds = 0;
    loop {
        rounds += 1;
        let w = |node: u32| weights[place(node)];
        let inflow = |n: u32| sum(&|_, to, x| if to == n { wide(x) } else { 0 });
        let outflow = |n: u32| sum(&|from, _, x| if from == n { wide(x) } else { 0 });
        let beta = |n: u32| {
            let backed = sum(&|a, b, x| if b == n { w(a) * counted(a, b, x) } else { 0 });
            floor(backed, inflow(n))
        };
        betas = nodes.clone().map(beta).collect();
        let weight = |n: u32| match role(n) {
            Role::Seed => 256,
            Role::Outside => {
                let backed = sum(&|a, b, x| if a == n { wide(x) * betas[place(b)] } else { 0 });
                (128 * floor(backed, outflow(n)) / 256).max(32)
            }
            Role::Member => {
                let kept = 128 * betas[place(n)] / 256;
                floor(kept * inflow(n).min(outflow(n)), outflow(n))
            }
            Role::Cooperative => {
                let share = |a: u32| if role(a) == Role::Seed { 256 } else { w(a).min(48) };
                let is_outside = |a: u32| matches!(role(a), Role::Seed | Role::Outside);
                let outside = sum(&|a, b, x| if b == n && is_outside(a) { wide(x) } else { 0 });
                let backed =
                    sum(&|a, b, x| if b == n && is_outside(a) { share(a) * wide(x) } else { 0 });
                floor(backed, outside.max(outflow(n)))
            }
        };
        let next: Vec<i128> = nodes.clone().map(weight).collect();
        let is_done = next == weights || rounds == 16;
        weights = next;
        if is_done {
            break;
        }
    }
    let backed_minor = plain_backing(roles, pairs, &weights, &counted);
    let small = |values: &[i128]| values.iter().map(|v| u16::try_from(*v).unwrap()).collect();
    Solution { backed_minor, weights: small(&weights), backed_shares: small(&betas), rounds }
}

/// What backs a limit, at the weights of the last round.
fn plain_backing(
    roles: &[Role],
    pairs: &Pairs,
    weights: &[i128],
    counted: &dyn Fn(u32, u32, i64) -> i128,
) -> Vec<i64> {
    let mut sums = vec![0; roles.len()];
    for (&(payer, payee), &amount) in pairs {
        let weight = weights[place(payer)];
        let share = match roles[place(payer)] {
            Role::Member => 0,
            Role::Outside => weight.min(48),
            Role::Seed | Role::Cooperative => weight,
        };
        let backed = share * counted(payer, payee, amount) / 256;
        sums[place(payee)] += i64::try_from(backed).unwrap();
    }
    sums
}

fn any_role() -> impl Strategy<Value = Role> {
    prop_oneof![
        5 => Just(Role::Member),
        5 => Just(Role::Outside),
        1 => Just(Role::Seed),
        1 => Just(Role::Cooperative),
    ]
}

fn any_amount() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 1..400_000_i64,
        2 => 1..20_i64,
        1 => 199_990..=200_010_i64,
        1 => 1_000_000_000_000..1_000_000_000_000_000_i64,
    ]
}

prop_compose! {
    /// A graph of anybody paying anybody.
    fn any_graph()(roles in prop::collection::vec(any_role(), 2..24))(
        pairs in prop::collection::btree_map(
            (0..count(&roles), 0..count(&roles)), any_amount(), 0..80),
        roles in Just(roles),
    ) -> (Vec<Role>, Pairs) {
        (roles, pairs.into_iter().filter(|((a, b), _)| a != b).collect())
    }
}

proptest! {
    /// Goal: the arrays find what the formula says, however many parts count, and backing is never
    /// more than what came in.
    #[test]
    fn arrays_and_formula_agree((roles, pairs) in any_graph(), parts in 1..9_usize) {
        let found = weigh(&roles, &pairs, &Crew::ALONE);
        prop_assert_eq!(&found, &plainly(&roles, &pairs));
        let in_parts = Crew { parts, run: &|tasks| tasks.into_iter().rev().for_each(|t| t()) };
        prop_assert_eq!(&found, &weigh(&roles, &pairs, &in_parts));
        for (node, backed) in found.backed_minor.iter().enumerate() {
            let inflow: i64 =
                pairs.iter().filter(|((_, to), _)| place(*to) == node).map(|(_, x)| x).sum();
            prop_assert!(*backed <= inflow);
        }
    }

    /// Goal: numbering the nodes otherwise changes nothing, so neither does the order of arrival.
    #[test]
    fn numbers_are_only_names((roles, pairs) in any_graph(), turn in 0..24_usize) {
        let nodes = roles.len();
        let other = |node: usize| (node + turn) % nodes;
        let mut turned_roles = roles.clone();
        for (node, role) in roles.iter().enumerate() {
            turned_roles[other(node)] = *role;
        }
        let renamed = |node: u32| u32::try_from(other(place(node))).unwrap();
        let turned = pairs.iter().map(|((a, b), x)| ((renamed(*a), renamed(*b)), *x)).collect();
        let (here, there) =
            (weigh(&roles, &pairs, &Crew::ALONE), weigh(&turned_roles, &turned, &Crew::ALONE));
        prop_assert_eq!(here.rounds, there.rounds);
        for node in 0..nodes {
            prop_assert_eq!(here.weights[node], there.weights[other(node)]);
            prop_assert_eq!(here.backed_minor[node], there.backed_minor[other(node)]);
        }
    }

    /// Goal: a clique without money from outside stays worth nothing: rings have no source.
    #[test]
    fn closed_rings_weigh_nothing((mut roles, pairs) in any_graph()) {
        for role in &mut roles {
            if matches!(role, Role::Seed | Role::Outside) {
                *role = Role::Member;
            }
        }
        let found = weigh(&roles, &pairs, &Crew::ALONE);
        prop_assert!(found.weights.iter().all(|weight| *weight == 0));
        prop_assert!(found.backed_minor.iter().all(|backed| *backed == 0));
    }

    /// Goal: invariant 8. What fake buyers K make their sellers R appear to have earned beyond the
    /// prior is at most the honest money that K spends with, and R earns from, the rest of the world.
    #[test]
    fn coalitions_gain_no_more_than_they_bring_in(
        (mut roles, pairs) in any_graph(),
        in_coalition in prop::collection::vec(any::<bool>(), 24),
    ) {
        for role in &mut roles {
            if *role == Role::Cooperative {
                *role = Role::Member;
            }
        }
        let sells = |n: u32| in_coalition[place(n)] && roles[place(n)] == Role::Member;
        let buys = |n: u32| in_coalition[place(n)] && roles[place(n)] == Role::Outside;
        // Fake buyers buy from members alone, and a fake seller sells to members through nobody.
        let pairs: Pairs = pairs.into_iter().filter(|((_, b), _)| {
            roles[place(*b)] == Role::Member
        }).filter(|((a, _), _)| !sells(*a)).collect();
        let found = weigh(&roles, &pairs, &Crew::ALONE);
        let (mut forged, mut prior, mut honest) = (0_i128, 0_i128, 0_i128);
        for (&(payer, payee), &amount) in &pairs {
            let amount = i128::from(amount);
            if buys(payer) {
                prior += 32 * amount;
            }
            if buys(payer) && sells(payee) {
                forged += i128::from(found.weights[place(payer)]) * amount;
            } else if buys(payer) || sells(payee) {
                honest += 256 * amount;
            }
        }
        // DELTA / (1 - DELTA) is 1 at one half.
        prop_assert!(forged <= honest + 2 * prior, "{} of {} + {}", forged, honest, prior);
    }

    /// Goal: keeping the window up night by night finds what a fresh count of the year finds, also
    /// when payments come in late or are taken back.
    #[test]
    fn rolling_is_counting_afresh(
        told in prop::collection::vec(any_told(), 1..60),
        nights in prop::collection::btree_set(0..1_400_i32, 1..12),
    ) {
        let empty = || {
            let mut network = Network::default();
            network.set_role(&0, Role::Seed);
            (1..4).for_each(|member| network.set_role(&member, Role::Member));
            network
        };
        let mut kept = empty();
        let mut last = i32::MIN;
        for night in nights {
            let mut fresh = empty();
            for Told { day, arrives, revoked, pair: (payer, payee), amount } in &told {
                let pair = (payer, payee);
                if *arrives <= night {
                    fresh.settle(*day, pair, *amount);
                }
                if *arrives <= night && *arrives > last {
                    kept.settle(*day, pair, *amount);
                }
                if *revoked <= night {
                    fresh.revoke(*day, pair, *amount);
                }
                if *revoked <= night && *revoked > last {
                    kept.revoke(*day, pair, *amount);
                }
            }
            last = night;
            let fresh = fresh.batch(night, &RULES, &Crew::ALONE);
            prop_assert_eq!(kept.batch(night, &RULES, &Crew::ALONE), fresh);
        }
    }
}

/// A payment: settled on a day, told of later, and perhaps taken back after that.
#[derive(Clone, Debug)]
struct Told {
    day: i32,
    arrives: i32,
    revoked: i32,
    pair: (u32, u32),
    amount: i64,
}

prop_compose! {
    fn any_told()(
        day in 0..900_i32,
        (late, back) in (prop_oneof![Just(0), 0..500_i32], prop_oneof![2 => Just(9_999), 1 => 0..500_i32]),
        pair in (0..6_u32, 0..6_u32),
        amount in any_amount(),
    ) -> Told {
        let arrives = day + late;
        Told { day, arrives, revoked: arrives + back, pair, amount }
    }
}

/// Goal: the weights only rise from round to round, so that stopping early favours no cheat.
/// Method: a long chain, whose backing takes a round a hop and dies out below 1/256.
#[test]
fn a_long_chain_settles_within_the_rounds() {
    let mut roles = vec![Role::Seed];
    roles.extend([Role::Member; 30]);
    let pairs: Pairs = (0..30).map(|node| ((node, node + 1), 1_000)).collect();
    let found = weigh(&roles, &pairs, &Crew::ALONE);
    assert_eq!(found.weights[..10], [256, 128, 64, 32, 16, 8, 4, 2, 1, 0]);
    assert_eq!(found.rounds, 9);
}

/// Goal: a clerk cannot mint evidence: a cooperative weighs what came in over what it pays out.
#[test]
fn a_cooperative_weighs_its_outside_money() {
    use Role::{Cooperative, Member, Outside, Seed};
    let roles = [Seed, Outside, Cooperative, Member, Member];
    // What the seed, the unknown buyer and a member pay in; what is paid out; the weight.
    let table = [
        (1_000, 0, 0, 1_000, 256),
        (1_000, 0, 0, 500, 256),
        (1_000, 0, 0, 4_000, 64),
        (0, 0, 0, 1_000, 0),
        // A member's own money, sent round, backs nothing.
        (0, 0, 1_000, 1_000, 0),
        (500, 0, 500, 1_000, 128),
        // What unknown buyers pay in backs as much as it would if it were paid to members.
        (0, 1_000, 0, 1_000, 32),
        (1_000, 1_000, 0, 2_000, 152),
        // Twenty U from one payer is no limit for what is sold for two hundred families.
        (900_000, 0, 0, 900_000, 256),
    ];
    for (seed, outside, member, out, wanted) in table {
        let mut pairs = Pairs::from([((2, 3), out)]);
        for (payer, amount) in [(0, seed), (1, outside), (4, member)] {
            if amount > 0 {
                pairs.insert((payer, 2), amount);
            }
        }
        let found = weigh(&roles, &pairs, &Crew::ALONE);
        assert_eq!(found.weights[2], wanted, "{seed} {outside} {member} {out}");
    }
}

/// Goal: rows that are not a window's sums are refused with the place, and nothing panics.
#[test]
fn unfit_rows_are_refused() {
    let roles = [Role::Member; 3];
    let row = |payer, payee, amount_minor| Payment { payer, payee, amount_minor };
    let max = i64::MAX;
    let table: [(&[Payment], GraphError); 8] = [
        (&[row(1, 0, 5), row(0, 1, 5)], GraphError::Unsorted { row: 1 }),
        (&[row(0, 1, 5), row(0, 1, 5)], GraphError::Unsorted { row: 1 }),
        (&[row(0, 1, 0)], GraphError::Amount { row: 0, amount_minor: 0 }),
        (&[row(0, 1, i64::MIN)], GraphError::Amount { row: 0, amount_minor: i64::MIN }),
        (&[row(0, 3, 1)], GraphError::UnknownNode { row: 0, node: 3 }),
        (&[row(2, 2, 1)], GraphError::SelfPayment { row: 0, node: 2 }),
        (&[row(0, 1, max), row(0, 2, 1)], GraphError::TooMuch { node: 0 }),
        (&[row(0, 2, max), row(1, 2, 1)], GraphError::TooMuch { node: 2 }),
    ];
    for (rows, error) in table {
        for parts in [1, 2] {
            let crew = Crew { parts, ..Crew::ALONE };
            assert_eq!(Graph::build(&roles, rows, &RULES, &crew).unwrap_err(), error);
        }
    }
}

/// Goal: the largest amounts that books can hold are weighed exactly.
#[test]
fn the_largest_amounts_are_exact() {
    let roles = [Role::Seed, Role::Member, Role::Outside];
    let pairs = Pairs::from([((0, 1), i64::MAX - 1), ((2, 1), 1)]);
    let found = weigh(&roles, &pairs, &Crew::ALONE);
    assert_eq!(found, plainly(&roles, &pairs));
    assert_eq!(found.backed_minor[1], i64::MAX - 1);
    let nothing = weigh(&[], &Pairs::new(), &Crew::ALONE);
    assert_eq!((nothing.weights.len(), nothing.rounds), (0, 1));
}
