//! What counting and explaining cost. Owns the measuring; the arithmetic is the domain's.

use std::collections::BTreeMap;
use std::time::Instant as Moment;

use anyhow::Context;
use verger_domain::id::PartyId;
use verger_domain::time::Date;
use verger_domain::trust::{
    self, Brakes, Counterparty, FactKind, Facts, MemberTrust, Operation, PairTrust, Rules, Weight,
    Whom,
};

use super::Figure;

/// A county's households, and how many counterparties each has.
const MEMBERS: usize = 20_000;
const MEMBERS_U64: u64 = 20_000;
const PAIRS_EACH: usize = 20;
const PAIRS_U64: u64 = 20;
const OPERATIONS: u32 = 10_000_000;
const EXPLANATIONS: usize = 20_000;

/// Numbers without order, cheaper than what they are to measure: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }
}

/// Operations in memory at random places of four hundred thousand pairs, on one core; then
/// explanations of households with twenty counterparties each.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures the machine's own time")]
pub(super) fn run() -> anyhow::Result<Vec<Figure>> {
    let rules = Rules::of(&verger_app::policy_file::load(None)?);
    let mut dice = Dice(1);
    let mut members = vec![MemberTrust::default(); MEMBERS];
    let mut pairs = vec![PairTrust::default(); MEMBERS * PAIRS_EACH];
    let start = Moment::now();
    for number in 0..OPERATIONS {
        let day = Date::from_days(i32::try_from(number / 12_500)?).context("a day")?;
        let who = usize::try_from(dice.below(MEMBERS_U64))?;
        let with = usize::try_from(dice.below(PAIRS_U64))?;
        let value_minor = 500 + i64::try_from(dice.below(59_500))?;
        let operation = match with {
            0 | 1 => Operation::Sale { value_minor, weight: Weight::SEED },
            2..=14 => Operation::Sale { value_minor, weight: Weight::of(85) },
            _ => Operation::Purchase { value_minor, weight: Weight::SEED },
        };
        let member = members.get_mut(who).context("a member")?;
        let pair = pairs.get_mut(who * PAIRS_EACH + with).context("a pair")?;
        trust::apply(&rules, member, pair, day, operation)?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let rate = f64::from(OPERATIONS) / seconds;
    let mut figures =
        vec![Figure::one("points: operations counted, one core", "memory", rate, "operations/s")];
    figures.extend(explanations(&rules, &members, &pairs)?);
    Ok(figures)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures the machine's own time")]
fn explanations(
    rules: &Rules,
    members: &[MemberTrust],
    pairs: &[PairTrust],
) -> anyhow::Result<Vec<Figure>> {
    let today = Date::from_days(801).context("a day")?;
    let confirmed = BTreeMap::from([(FactKind::Identity, today)]);
    let mut micros = Vec::with_capacity(EXPLANATIONS);
    let households = members.iter().zip(pairs.chunks(PAIRS_EACH)).take(EXPLANATIONS);
    for (member, pairs) in households {
        let counterparties: Vec<Counterparty> = (1_u128..)
            .zip(pairs)
            .map(|(number, pair)| Counterparty {
                party: PartyId::from_bits(number),
                pair: *pair,
                weight: if number < 3 { Weight::SEED } else { Weight::of(85) },
                whom: if number > 15 { Whom::Supplier } else { Whom::Buyer },
            })
            .collect();
        let (brakes, facts) = (Brakes::default(), &confirmed);
        let counterparties = counterparties.as_slice();
        let facts = Facts { brakes, facts, member, counterparties };
        let start = Moment::now();
        let explained = trust::explain(rules, facts, today);
        micros.push(start.elapsed().as_secs_f64() * 1e6);
        anyhow::ensure!(explained.parts.len() == 7, "an explanation has seven parts");
    }
    micros.sort_by(f64::total_cmp);
    let at = |percent: usize| micros.get(micros.len() * percent / 100).copied().unwrap_or_default();
    Ok(vec![
        Figure::one("explanation: median", "memory", at(50), "µs"),
        Figure::one("explanation: p99", "memory", at(99), "µs"),
    ])
}
