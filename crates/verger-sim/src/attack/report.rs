//! The figures of a run, for people and programs. Owns how they are summed up; must not play.

use serde::Serialize;

use super::economy::{Outcome, Village};
use super::strategy::{Played, Strategy};

/// Everything that was played.
#[derive(Clone, Debug, Serialize)]
pub struct AttackReport {
    /// The first seed.
    pub first_seed: u64,
    /// How many seeds.
    pub seeds: u64,
    /// The cheats.
    pub strategies: Vec<StrategyReport>,
    /// The honest villages.
    pub villages: Vec<VillageReport>,
}

/// What kind of cheat it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Trade that never was: its profit must not be above zero.
    Forged,
    /// Real trade, and a default on purpose.
    Real,
    /// What no index can tell from honest trade; brakes outside the index bound it.
    Residual,
}

/// A strategy over all its settings and seeds. Money is in units U.
#[derive(Clone, Debug, Serialize)]
pub struct StrategyReport {
    /// Its name.
    pub strategy: &'static str,
    /// What kind of cheat it is.
    pub kind: Kind,
    /// How many settings.
    pub settings: usize,
    /// How many runs.
    pub runs: usize,
    /// In how many runs anything was stolen.
    pub runs_with_credit: usize,
    /// The largest profit of a single run, under all costs.
    pub best_profit_units: f64,
    /// The mean profit of the setting whose mean is largest.
    pub best_mean_profit_units: f64,
    /// The largest profit of a run that stole anything.
    pub best_profit_with_credit_units: Option<f64>,
    /// The most stolen in one run.
    pub largest_theft_units: f64,
    /// The largest profit if accounts, parcels and goods were free, and nothing forfeited.
    pub best_fee_only_units: f64,
    /// The most points that anybody of the gang ever had.
    pub points_max: i64,
    /// The highest level.
    pub level_max: u8,
}

/// An honest village over all seeds. Money is in units U, shares are of 100.
#[derive(Clone, Debug, Serialize)]
pub struct VillageReport {
    /// Which one.
    pub village: String,
    /// Days to level 1: a quarter, half, three quarters, nine tenths need at most so many.
    pub newcomer_days: [Option<i32>; 4],
    /// Operations to level 1, half need at most so many.
    pub newcomer_operations: Option<u32>,
    /// Who never reached it.
    pub never_percent: f64,
    /// Households of half a year that lose less than a tenth of their loans, with no limit.
    pub false_denial_percent: f64,
    /// Of the same, those who have never lost a loan.
    pub false_denial_of_faultless_percent: f64,
    /// The limit of half, and of nine tenths, at the end.
    pub limit_units: [f64; 2],
    /// Loans drawn.
    pub loans: usize,
    /// Of them lost.
    pub lost_percent: f64,
    /// Of the money lent, lost.
    pub lost_volume_percent: f64,
    /// How often a loan that was repaid was drawn at more points than one that was lost.
    pub auc: Option<f64>,
}

/// A strategy with the settings that are played.
pub(super) struct NamedStrategies {
    name: &'static str,
    kind: Kind,
    pub(super) settings: Vec<Strategy>,
}

impl NamedStrategies {
    pub(super) fn forged(name: &'static str, settings: &[Strategy]) -> Self {
        Self { name, kind: Kind::Forged, settings: settings.to_vec() }
    }

    pub(super) fn real(name: &'static str, settings: &[Strategy]) -> Self {
        Self { name, kind: Kind::Real, settings: settings.to_vec() }
    }

    pub(super) fn residual(name: &'static str, settings: &[Strategy]) -> Self {
        Self { name, kind: Kind::Residual, settings: settings.to_vec() }
    }

    /// Keeps a few settings, spread over the whole grid.
    pub(super) fn thin_out(&mut self) {
        let step = self.settings.len().div_ceil(4);
        let mut place = 0;
        self.settings.retain(|_| {
            place += 1;
            (place - 1) % step == step / 2
        });
    }
}

/// Sums up the runs: `played[seed][strategy][setting]`.
pub(super) fn strategies(
    strategies: &[NamedStrategies],
    played: &[Vec<Vec<Played>>],
    unit_minor: i64,
) -> Vec<StrategyReport> {
    let of_one = |(place, named): (usize, &NamedStrategies)| {
        let runs: Vec<&Vec<Played>> = played.iter().filter_map(|seed| seed.get(place)).collect();
        one_strategy(named, &runs, unit_minor)
    };
    strategies.iter().enumerate().map(of_one).collect()
}

fn one_strategy(
    named: &NamedStrategies,
    seeds: &[&Vec<Played>],
    unit_minor: i64,
) -> StrategyReport {
    let units = |minor: i64| units(minor, unit_minor);
    let all = || seeds.iter().flat_map(|seed| seed.iter());
    let with_credit = || all().filter(|played| played.purse.stolen > 0);
    let best = |values: &mut dyn Iterator<Item = i64>| values.max().unwrap_or(0);
    let means = (0..named.settings.len()).map(|setting| {
        let of_setting = seeds.iter().filter_map(|seed| seed.get(setting));
        let sum: i64 = of_setting.map(|played| played.purse.profit()).sum();
        sum / i64::try_from(seeds.len().max(1)).unwrap_or(1)
    });
    StrategyReport {
        strategy: named.name,
        kind: named.kind,
        settings: named.settings.len(),
        runs: all().count(),
        runs_with_credit: with_credit().count(),
        best_profit_units: units(best(&mut all().map(|played| played.purse.profit()))),
        best_mean_profit_units: units(means.max().unwrap_or(0)),
        best_profit_with_credit_units: with_credit().map(|p| p.purse.profit()).max().map(units),
        largest_theft_units: units(best(&mut all().map(|played| played.purse.stolen))),
        best_fee_only_units: units(best(&mut all().map(|played| played.purse.fee_only()))),
        points_max: all().map(|played| played.points_max).max().unwrap_or(0),
        level_max: all().map(|played| played.level_max).max().unwrap_or(0),
    }
}

/// What is kept of one honest village.
pub(super) struct VillageRun {
    newcomers: Vec<Option<(i32, u32)>>,
    /// Of those who should have one: whether they have a limit, and whether they never lost a loan.
    deserving: Vec<(bool, bool)>,
    limits: Vec<f64>,
    outcomes: Vec<Outcome>,
}

impl VillageRun {
    pub(super) fn of(village: &Village) -> Self {
        let world = &village.world;
        let limit = |node| world.limit(node).limit_minor;
        let deserves = |joined: i32, risk: f64| risk < 0.1 && world.today - joined >= 180;
        let deserving = village.honest.iter().filter(|one| deserves(one.joined, one.risk));
        Self {
            newcomers: village.honest.iter().map(|one| one.reached).collect(),
            deserving: deserving.map(|one| (limit(one.node) > 0, one.is_faultless)).collect(),
            limits: village
                .honest
                .iter()
                .map(|one| units(limit(one.node), world.unit_minor))
                .collect(),
            outcomes: village.outcomes.clone(),
        }
    }
}

pub(super) fn village(name: &str, runs: &[VillageRun]) -> VillageReport {
    let newcomers: Vec<_> = runs.iter().flat_map(|run| &run.newcomers).copied().collect();
    // Who never reached it needs more days than anybody.
    let mut days: Vec<i32> =
        newcomers.iter().map(|one| one.map_or(i32::MAX, |(days, _)| days)).collect();
    let mut operations: Vec<u32> =
        newcomers.iter().map(|one| one.map_or(u32::MAX, |(_, operations)| operations)).collect();
    days.sort_unstable();
    operations.sort_unstable();
    let day = |percent| at(&days, percent).filter(|days| *days != i32::MAX);
    let mut limits: Vec<f64> = runs.iter().flat_map(|run| &run.limits).copied().collect();
    limits.sort_unstable_by(f64::total_cmp);
    let outcomes: Vec<Outcome> = runs.iter().flat_map(|run| &run.outcomes).copied().collect();
    let lost: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.is_lost).collect();
    let deserving = || runs.iter().flat_map(|run| &run.deserving);
    let denied = |list: Vec<bool>| share(list.iter().filter(|has| !**has).count(), list.len());
    let lent: i64 = outcomes.iter().map(|outcome| outcome.principal_minor).sum();
    let lost_minor: i64 = lost.iter().map(|outcome| outcome.principal_minor).sum();
    VillageReport {
        village: name.to_owned(),
        newcomer_days: [day(25), day(50), day(75), day(90)],
        newcomer_operations: at(&operations, 50).filter(|count| *count != u32::MAX),
        never_percent: share(newcomers.iter().filter(|one| one.is_none()).count(), newcomers.len()),
        false_denial_percent: denied(deserving().map(|(has, _)| *has).collect()),
        false_denial_of_faultless_percent: denied(
            deserving().filter(|(_, is_faultless)| *is_faultless).map(|(has, _)| *has).collect(),
        ),
        limit_units: [at(&limits, 50).unwrap_or(0.0), at(&limits, 90).unwrap_or(0.0)],
        loans: outcomes.len(),
        lost_percent: share(lost.len(), outcomes.len()),
        lost_volume_percent: units(lost_minor, lent.max(1)) * 100.0,
        auc: auc(&outcomes),
    }
}

/// How often one who repaid had more points than one who did not; equal points count half.
fn auc(outcomes: &[Outcome]) -> Option<f64> {
    let lost: Vec<i64> = outcomes.iter().filter(|o| o.is_lost).map(|o| o.points).collect();
    let mut won = 0_u64;
    let mut pairs = 0_u64;
    for repaid in outcomes.iter().filter(|outcome| !outcome.is_lost) {
        for points in &lost {
            won += match repaid.points.cmp(points) {
                std::cmp::Ordering::Greater => 2,
                std::cmp::Ordering::Equal => 1,
                std::cmp::Ordering::Less => 0,
            };
            pairs += 2;
        }
    }
    (pairs > 0).then(|| ratio(won, pairs))
}

/// The value that so many of 100 do not exceed, of a sorted list.
fn at<T: Copy>(sorted: &[T], percent: usize) -> Option<T> {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied()
}

fn share(part: usize, whole: usize) -> f64 {
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    ratio(count(part) * 100, count(whole).max(1))
}

#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "figures to be shown, far below 2^53"
)]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

/// Money in units of the programme.
#[expect(
    clippy::as_conversions,
    clippy::cast_precision_loss,
    reason = "figures to be shown, far below 2^53"
)]
fn units(minor: i64, unit_minor: i64) -> f64 {
    minor as f64 / unit_minor as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the figure says how well points tell the good from the bad, ties half.
    #[test]
    fn auc_counts_pairs() {
        let outcome = |points, is_lost| Outcome { points, principal_minor: 1, is_lost };
        let table: [(&[Outcome], Option<f64>); 4] = [
            (&[outcome(10, false), outcome(5, true)], Some(1.0)),
            (&[outcome(5, false), outcome(10, true)], Some(0.0)),
            (&[outcome(5, false), outcome(5, true)], Some(0.5)),
            (&[outcome(5, false)], None),
        ];
        for (outcomes, wanted) in table {
            assert_eq!(auc(outcomes), wanted);
        }
    }
}
