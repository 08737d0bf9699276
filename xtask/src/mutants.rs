//! `cargo xtask mutants`: breaks the engine of credit on purpose, one usual mistake at a time, and
//! expects its tests to notice each. Owns the list of mistakes; works on a copy of the checkout.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::run::{self, Runner};

/// One mistake: what it is, in which file below `crates/`, and how the text changes.
struct Mutant {
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
}

const fn mutant(
    what: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
) -> Mutant {
    Mutant { what, file, from, to }
}

/// The tests that must notice.
const TESTS: [&str; 7] = ["test", "--quiet", "-p", "verger-domain", "--lib", "--", "tests::credit"];

/// Mistakes that others made with loans, or that are easily made: rounding, days, order, caps,
/// widths, the books, the decision.
const MUTANTS: &[Mutant] = &[
    mutant(
        "each bill is rounded up",
        "verger-rules/src/credit/atoms.rs",
        "i64::try_from(sum.div_euclid(ATOMS_PER_MINOR))",
        "i64::try_from((sum + ATOMS_PER_MINOR - 1).div_euclid(ATOMS_PER_MINOR))",
    ),
    mutant(
        "each bill is rounded to the nearest",
        "verger-rules/src/credit/atoms.rs",
        "i64::try_from(sum.div_euclid(ATOMS_PER_MINOR))",
        "i64::try_from((sum + ATOMS_PER_MINOR / 2).div_euclid(ATOMS_PER_MINOR))",
    ),
    mutant(
        "the remainder is lost",
        "verger-rules/src/credit/atoms.rs",
        "i64::try_from(sum.rem_euclid(ATOMS_PER_MINOR)).unwrap_or(0)",
        "0",
    ),
    mutant(
        "a leap year is as long as any",
        "verger-rules/src/credit/atoms.rs",
        "if start.civil().in_leap_year() { FACTOR_366 } else { FACTOR_365 }",
        "FACTOR_365",
    ),
    mutant(
        "every year is a leap year",
        "verger-rules/src/credit/atoms.rs",
        "const FACTOR_365: i128 = 4_392;",
        "const FACTOR_365: i128 = 4_380;",
    ),
    mutant(
        "the tail day counts",
        "verger-rules/src/credit/atoms.rs",
        "DayCount::Act365F => vec![(days, FACTOR_365)]",
        "DayCount::Act365F => vec![(days + 1, FACTOR_365)]",
    ),
    mutant(
        "a bank's year for everybody",
        "verger-rules/src/credit/atoms.rs",
        "DayCount::Act365F => vec![(days, FACTOR_365)]",
        "DayCount::Act365F => vec![(days, FACTOR_360)]",
    ),
    mutant(
        "interest in floating point",
        "verger-rules/src/credit/atoms.rs",
        "i128::from(principal_minor).saturating_mul(i128::from(rate_ppm)).saturating_mul(factor)",
        "((principal_minor as f64) * f64::from(rate_ppm) * (factor as f64)) as i128",
    ),
    mutant(
        "interest in 64 bits",
        "verger-rules/src/credit/atoms.rs",
        "i128::from(principal_minor).saturating_mul(i128::from(rate_ppm)).saturating_mul(factor)",
        "i128::from(principal_minor.wrapping_mul(i64::from(rate_ppm)).wrapping_mul(factor as i64))",
    ),
    mutant(
        "the head day does not count",
        "verger-rules/src/credit/tranche.rs",
        "through: on,",
        "through: plus_days(on, 1),",
    ),
    mutant(
        "interest on interest",
        "verger-rules/src/credit/tranche.rs",
        "day_atoms(self.principal_minor, self.terms.rate_ppm, factor)",
        "day_atoms(self.payoff_minor(), self.terms.rate_ppm, factor)",
    ),
    mutant(
        "penalty on what was drawn, not on what is owed",
        "verger-rules/src/credit/tranche.rs",
        "day_atoms(self.principal_minor, penalty_rate_ppm, factor)",
        "day_atoms(self.drawn_minor, penalty_rate_ppm, factor)",
    ),
    mutant(
        "penalty reaches back to the due date",
        "verger-rules/src/credit/tranche.rs",
        "plus_days(self.due_on, self.terms.grace_days).clamp(self.through, to)",
        "self.due_on.clamp(self.through, to)",
    ),
    mutant(
        "grace is a day longer",
        "verger-rules/src/credit/tranche.rs",
        "plus_days(self.due_on, self.terms.grace_days).clamp(self.through, to)",
        "plus_days(self.due_on, self.terms.grace_days + 1).clamp(self.through, to)",
    ),
    mutant(
        "penalty before it is late",
        "verger-rules/src/credit/tranche.rs",
        "self.accrue(self.through, penalised, 0);",
        "self.accrue(self.through, penalised, self.terms.penalty_rate_ppm);",
    ),
    mutant(
        "no cap of the cost",
        "verger-rules/src/credit/tranche.rs",
        ".max(0)\n    }\n\n    // Ninety",
        ".max(i128::MAX / 4)\n    }\n\n    // Ninety",
    ),
    mutant(
        "the fee is outside of the cap",
        "verger-rules/src/credit/tranche.rs",
        "cap.saturating_sub(fee)",
        "cap",
    ),
    mutant(
        "the cap is kept to the day, not to the atom",
        "verger-rules/src/credit/tranche.rs",
        "if full_days < i128::from(days) {",
        "if full_days > i128::from(days) {",
    ),
    mutant(
        "under the cap, penalty before interest",
        "verger-rules/src/credit/tranche.rs",
        "let rest = interest.min(self.room_atoms());",
        "let rest = interest.min((self.room_atoms() - penalty).max(0));",
    ),
    mutant(
        "the fee is rounded up",
        "verger-rules/src/credit/tranche.rs",
        "i128::from(drawn_minor).saturating_mul(i128::from(ppm)) / 1_000_000",
        "(i128::from(drawn_minor).saturating_mul(i128::from(ppm)) + 999_999) / 1_000_000",
    ),
    mutant(
        "interest is income for a day too long",
        "verger-rules/src/credit/tranche.rs",
        "self.is_suspended |= self.days_past_due(to) >= self.terms.non_accrual_days;",
        "self.is_suspended |= self.days_past_due(to) > self.terms.non_accrual_days;",
    ),
    mutant(
        "the last day of grace is late",
        "verger-rules/src/credit/tranche.rs",
        "None if late > self.terms.grace_days => Status::Overdue,",
        "None if late >= self.terms.grace_days => Status::Overdue,",
    ),
    mutant(
        "a claim is the principal alone",
        "verger-rules/src/credit/tranche.rs",
        "self.claim_minor = self.payoff_minor();",
        "self.claim_minor = self.principal_minor;",
    ),
    mutant(
        "giving back costs the interest",
        "verger-rules/src/credit/tranche.rs",
        "        self.interest = Charge::default();\n        self.penalty = Charge::default();\n        self.finish(End::Returned);",
        "        self.finish(End::Returned);",
    ),
    mutant(
        "a late step cures",
        "verger-rules/src/credit/tranche.rs",
        "if is_late || taken_minor < plan.step_minor",
        "if taken_minor < plan.step_minor",
    ),
    mutant(
        "a plan is cured though it was late",
        "verger-rules/src/credit/tranche.rs",
        "if proved_on <= to && proved_on <= self.due_on && self.principal_minor > 0 {",
        "if proved_on <= to && self.principal_minor > 0 {",
    ),
    mutant(
        "principal before charges",
        "verger-rules/src/credit/terms.rs",
        "[Part::Fee, Part::Penalty, Part::Interest, Part::Principal]",
        "[Part::Principal, Part::Fee, Part::Penalty, Part::Interest]",
    ),
    mutant(
        "charges before principal in trouble",
        "verger-rules/src/credit/terms.rs",
        "[Part::Principal, Part::Fee, Part::Interest, Part::Penalty]",
        "[Part::Fee, Part::Interest, Part::Penalty, Part::Principal]",
    ),
    mutant(
        "a rate may rise",
        "verger-rules/src/credit/terms.rs",
        "if rate_ppm >= self.rate_ppm {",
        "if rate_ppm == self.rate_ppm {",
    ),
    mutant(
        "the first drawn is paid first",
        "verger-rules/src/credit/line.rs",
        "(tranche.due_on, tranche.drawn_on, tranche.id)",
        "(tranche.drawn_on, tranche.due_on, tranche.id)",
    ),
    mutant(
        "more is taken than is owed",
        "verger-rules/src/credit/line.rs",
        "self.take(amount_minor.saturating_sub(left))",
        "self.take(amount_minor)",
    ),
    mutant(
        "late events count from when they were written down",
        "verger-rules/src/credit/line.rs",
        "(event.effective_on, event.number)",
        "(event.recorded_on, event.number)",
    ),
    mutant(
        "reversed events still count",
        "verger-rules/src/credit/line.rs",
        "|event| !event.is_reversed",
        "|_| true",
    ),
    mutant(
        "interest of a lost loan is income",
        "verger-domain/src/credit/books.rs",
        "if tranche.is_suspended {",
        "if false {",
    ),
    mutant(
        "a loss costs the allowance nothing",
        "verger-domain/src/credit/books.rs",
        "add(sums, own(Code::LOAN_ALLOWANCE), tranche.written_off_minor);",
        "",
    ),
    mutant(
        "a sweep leaves nothing",
        "verger-rules/src/credit/sweep.rs",
        ".min(spared).max(0)",
        ".max(0)",
    ),
    mutant(
        "what is overdue is swept like any other",
        "verger-rules/src/credit/sweep.rs",
        "if is_overdue {",
        "if false {",
    ),
    mutant(
        "a renewed loan is no risk",
        "verger-rules/src/credit/portfolio.rs",
        "if days > PAR30_DAYS || loan.is_restructured {\n            put(&mut self.par30_minor)",
        "if days > PAR30_DAYS {\n            put(&mut self.par30_minor)",
    ),
    mutant(
        "the provision is rounded down",
        "verger-rules/src/credit/portfolio.rs",
        "saturating_add(999_999)",
        "saturating_add(0)",
    ),
    mutant(
        "what is owed does not use the limit up",
        "verger-rules/src/credit/decision.rs",
        "let allows_minor = most.saturating_sub(owed);",
        "let allows_minor = most;",
    ),
    mutant(
        "the village's brake does not hold",
        "verger-rules/src/credit/decision.rs",
        "floor_bps(limit, 5_000)",
        "limit",
    ),
    mutant(
        "a missing yes is a yes",
        "verger-rules/src/credit/decision.rs",
        "facts.consent != Consent::Given",
        "facts.consent == Consent::Withdrawn",
    ),
    mutant(
        "cooling-off is over at once",
        "verger-rules/src/credit/decision.rs",
        "|until| facts.at < *until",
        "|until| facts.at > *until",
    ),
    mutant(
        "the worst case forgets the penalty",
        "verger-rules/src/credit/caps.rs",
        "fee_ppm.max(penalty_ppm)",
        "fee_ppm",
    ),
    mutant(
        "a year of 360 days in the shown rate",
        "verger-rules/src/credit/quote.rs",
        ".saturating_mul(2).saturating_mul(365)",
        ".saturating_mul(2).saturating_mul(360)",
    ),
];

/// Runs the list, or those whose description holds `only`; whether every mistake was noticed.
pub(crate) fn run(root: &Path, only: &str) -> Result<bool> {
    let copy = copy_of(root)?;
    let target = root.join("target/mutants/target");
    let runner = Runner::new(&copy).with("CARGO_TARGET_DIR", &target.display().to_string());
    println!("the engine as it is must pass");
    if !runner.cargo(&TESTS)? {
        bail!("the tests fail without any mistake");
    }
    let chosen: Vec<&Mutant> = MUTANTS.iter().filter(|mutant| mutant.what.contains(only)).collect();
    let mut missed = Vec::new();
    for mutant in &chosen {
        let path = copy.join("crates").join(mutant.file);
        let sound = fs::read_to_string(&path)?;
        fs::write(&path, changed(mutant, &sound)?)?;
        let (passed, took) = run::timed(|| runner.quiet_cargo(&TESTS));
        fs::write(&path, &sound)?;
        let noticed = !passed?;
        let verdict = if noticed { "noticed" } else { "MISSED" };
        println!("{verdict:8} {:4.0} s  {}", took.as_secs_f64(), mutant.what);
        if !noticed {
            missed.push(mutant.what);
        }
    }
    println!("{} of {} mistakes noticed", chosen.len() - missed.len(), chosen.len());
    Ok(missed.is_empty())
}

/// The text with the mistake in it. The place must be there exactly once: a list that no longer fits
/// the code would pass for the wrong reason.
fn changed(mutant: &Mutant, sound: &str) -> Result<String> {
    let places = sound.matches(mutant.from).count();
    if places != 1 {
        bail!("\"{}\" fits {places} places of {}", mutant.what, mutant.file);
    }
    Ok(sound.replacen(mutant.from, mutant.to, 1))
}

/// A copy of what the domain's tests need, below the target folder.
fn copy_of(root: &Path) -> Result<PathBuf> {
    let copy = root.join("target/mutants/tree");
    if copy.exists() {
        fs::remove_dir_all(&copy)?;
    }
    for name in ["Cargo.toml", "Cargo.lock", "clippy.toml", "rust-toolchain.toml"] {
        copy_file(&root.join(name), &copy.join(name))?;
    }
    for folder in ["crates", "xtask"] {
        copy_folder(&root.join(folder), &copy.join(folder))?;
    }
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (source, place) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&source, &place)?;
        } else {
            copy_file(&source, &place)?;
        }
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let folder = to.parent().context("a file lies in a folder")?;
    fs::create_dir_all(folder)?;
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the list fits the code: each mistake has exactly one place, and there are enough.
    #[test]
    fn every_mistake_has_its_place() {
        let root = crate::workspace::root();
        assert!(MUTANTS.len() >= 25);
        for mutant in MUTANTS {
            let text = fs::read_to_string(root.join("crates").join(mutant.file)).unwrap();
            let broken = changed(mutant, &text).unwrap();
            assert_ne!(broken, text, "{}", mutant.what);
        }
    }
}
