//! How many tests passed and failed, read from what the test runners print.
//! Owns the two text forms. Must not start a process.

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// One failure and nothing else: a step that is not a test.
    pub(crate) const ONE_FAILED: Self = Self { passed: 0, failed: 1 };

    /// The sum of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Which runner prints.
#[derive(Clone, Copy)]
pub(crate) enum Format {
    /// `cargo nextest run`: one summary line for all.
    Nextest,
    /// `cargo test`: one result line for each test binary.
    Libtest,
}

/// Reads lines one after the other and keeps the counts.
pub(crate) struct Tally {
    format: Format,
    pub(crate) counts: Counts,
}

impl Tally {
    pub(crate) fn new(format: Format) -> Self {
        Self { format, counts: Counts::default() }
    }

    /// Takes one line of output, with or without terminal colours.
    pub(crate) fn line(&mut self, line: &str) {
        let plain = without_colours(line);
        match self.format {
            // The last summary holds: nothing else says how the whole run ended.
            Format::Nextest => {
                if let Some(counts) = nextest(plain.trim()) {
                    self.counts = counts;
                }
            }
            Format::Libtest => {
                if let Some(counts) = libtest(plain.trim()) {
                    self.counts = self.counts.plus(counts);
                }
            }
        }
    }
}

/// `Summary [  1.234s] 42 tests run: 40 passed (1 slow), 1 failed, 1 timed out, 0 skipped`.
fn nextest(line: &str) -> Option<Counts> {
    let (_, list) = line.strip_prefix("Summary [")?.split_once(" run: ")?;
    let mut counts = Counts::default();
    for part in without_parentheses(list).split(',') {
        match number_and_word(part)? {
            (count, "passed") => counts.passed += count,
            (count, "failed" | "timed out" | "exec failed") => counts.failed += count,
            _ => {}
        }
    }
    Some(counts)
}

/// `test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s`.
fn libtest(line: &str) -> Option<Counts> {
    let (_, list) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let mut counts = Counts::default();
    for part in list.split(';') {
        match number_and_word(part) {
            Some((count, "passed")) => counts.passed += count,
            Some((count, "failed")) => counts.failed += count,
            _ => {}
        }
    }
    Some(counts)
}

fn number_and_word(part: &str) -> Option<(u64, &str)> {
    let (number, word) = part.trim().split_once(' ')?;
    Some((number.parse().ok()?, word.trim()))
}

fn without_parentheses(text: &str) -> String {
    let mut depth = 0_u32;
    text.chars()
        .filter(|&c| {
            depth += u32::from(c == '(');
            let outside = depth == 0;
            depth = depth.saturating_sub(u32::from(c == ')'));
            outside
        })
        .collect()
}

/// Drops terminal escapes of the form `ESC [ ... letter`.
fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut inside = false;
    for c in line.chars() {
        if c == '\u{1b}' {
            inside = true;
        } else if inside {
            inside = !c.is_ascii_alphabetic();
        } else {
            plain.push(c);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(format: Format, lines: &[&str]) -> (u64, u64) {
        let mut tally = Tally::new(format);
        for line in lines {
            tally.line(line);
        }
        (tally.counts.passed, tally.counts.failed)
    }

    /// Goal: the last summary of nextest is read, whatever else a failing test prints.
    #[test]
    fn nextest_summary_is_read() {
        let noise = "    test result: FAILED. 0 passed; 1 failed; 0 ignored";
        let plain = "     Summary [   1.234s] 42 tests run: 42 passed, 0 skipped";
        let mixed = "Summary [ 9s] 9/12 tests run: 5 passed (1 slow, 1 leaky), 2 failed, 1 timed out, 1 exec failed, 3 skipped";
        let colour = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m1\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 1 failed";
        assert_eq!(counted(Format::Nextest, &[noise, plain]), (42, 0));
        assert_eq!(counted(Format::Nextest, &[noise, mixed, noise]), (5, 4));
        assert_eq!(counted(Format::Nextest, &[colour]), (1, 1));
        assert_eq!(counted(Format::Nextest, &[noise]), (0, 0));
    }

    /// Goal: the result lines of several test binaries add up.
    #[test]
    fn libtest_results_add_up() {
        let good = "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out";
        let bad = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured";
        assert_eq!(counted(Format::Libtest, &["running 4 tests", good, bad]), (4, 2));
    }
}
