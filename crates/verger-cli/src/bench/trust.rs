//! What the trust index costs. Owns the measuring; the load is the simulator's, and the arithmetic
//! the domain's.

use std::time::Instant as Moment;

use anyhow::Context;
use verger_app::crew;
use verger_domain::policy::Policy;
use verger_domain::trust::weights::{Crew, Graph, ROUNDS_MAX, Solution, WeightRules, solve};
use verger_sim::trust_load::{GraphSize, PaymentGraph, payment_graph};

use super::Figure;
use crate::output;

/// Ten million pairs among two million nodes: a large province.
const SIZE: GraphSize = GraphSize { nodes: 2_000_000, pairs: 10_000_000 };

pub(super) fn run(only: Option<&str>) -> anyhow::Result<Vec<Figure>> {
    let is_wanted = |part: &str| only.is_none_or(|only| only == part);
    let mut figures = Vec::new();
    if is_wanted("batch") {
        figures.extend(batch()?);
    }
    if is_wanted("points") {
        figures.extend(super::trust_points::run()?);
    }
    Ok(figures)
}

/// From sorted rows to weights, on one thread and on all.
fn batch() -> anyhow::Result<Vec<Figure>> {
    let policy: Policy = verger_app::policy_file::load(None)?;
    let rules = policy.trust.weight_rules(policy.programme.unit_minor);
    let bar = output::progress_bar("a year of payments");
    let graph = payment_graph(SIZE, 1);
    bar.finish_and_clear();
    let pairs = f64::from(u32::try_from(graph.payments.len())?);
    let mut figures = vec![Figure::one("batch: pairs", "memory", pairs, "pairs")];
    let alone = measure("one thread", &graph, &rules, &Crew::ALONE, &mut figures)?;
    let together = measure("all threads", &graph, &rules, &crew::all_processors(), &mut figures)?;
    anyhow::ensure!(alone == together, "the number of threads changed a weight");
    figures.push(Figure::one("batch: rounds", "memory", f64::from(alone.rounds), "rounds"));
    let peak = super::http::peak_memory_mb(std::process::id())?;
    figures.push(Figure::one("batch: memory of the process, highest", "memory", peak, "MB"));
    Ok(figures)
}

fn measure(
    what: &str,
    PaymentGraph { roles, payments }: &PaymentGraph,
    rules: &WeightRules,
    crew: &Crew<'_>,
    figures: &mut Vec<Figure>,
) -> anyhow::Result<Solution> {
    let start = Moment::now();
    let graph = Graph::build(roles, payments, rules, crew).context("the load is sorted")?;
    let built = start.elapsed().as_secs_f64();
    let solution = solve(&graph, rules, crew);
    let whole = start.elapsed().as_secs_f64();
    let mut push = |part: &str, seconds: f64| {
        figures.push(Figure::one(&format!("batch on {what}: {part}"), "memory", seconds, "s"));
    };
    push("rows to arrays", built);
    push("fixed point", whole - built);
    push("rows to weights", whole);
    let round = (whole - built) / f64::from(solution.rounds);
    push("rows to weights, were all rounds needed", built + round * f64::from(ROUNDS_MAX));
    Ok(solution)
}
