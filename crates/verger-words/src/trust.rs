//! Trust in words and as a picture: the sentences of an explanation, the slip of the counter, the
//! card of a page with its tree. Owns how numbers are said; the numbers are the domain's.

use std::fmt::Write as _;

use askama::Template;
use fluent_bundle::FluentValue;
use verger_app::Trust;
use verger_domain::id::PartyId;
use verger_domain::party::PartyKind;
use verger_domain::trust::{Deed, FactKind, LineRow, Part, Pool, Raise, Reason};

use crate::text::Lang;

/// Columns of a slip on 58 mm paper; a Chinese character takes two.
const SLIP_COLUMNS: usize = 32;

/// An explanation in sentences, ready for a page, a slip or an answer.
#[derive(Clone, Debug)]
pub struct Words {
    pub head: String,
    pub limit: String,
    /// The three numbers of the limit: what by, how much, whether it is the one.
    pub numbers: Vec<(String, String, bool)>,
    pub parts: Vec<PartWords>,
    pub reasons: Vec<String>,
    /// What to do, and what it gives.
    pub raises: Vec<(String, String)>,
}

/// One line of the sum.
#[derive(Clone, Debug)]
pub struct PartWords {
    pub points: String,
    pub what: String,
    pub with: String,
    /// The colour of its branch.
    pub colour: &'static str,
}

impl Words {
    pub fn of(lang: Lang, trust: &Trust) -> Self {
        let say = Say { lang, trust };
        let explanation = &trust.explanation;
        let limit = &explanation.limit;
        let money = |minor| lang.money(minor, trust.currency);
        let numbers = [
            ("trust-limit-level", limit.level_limit_minor, "level"),
            ("trust-limit-step", limit.step_up_minor, "step-up"),
            ("trust-limit-backing", limit.backing_minor, "backing"),
        ];
        let is_open = limit.limit_minor > 0;
        let number = |(key, minor, name): (&str, i64, &str)| {
            (lang.t(key), money(minor), limit.reason.name() == name)
        };
        Self {
            head: say.head(),
            limit: if is_open {
                lang.with("trust-limit", &[("limit", money(limit.limit_minor).into())])
            } else {
                lang.t("trust-limit-none")
            },
            numbers: if is_open { numbers.map(number).to_vec() } else { Vec::new() },
            parts: explanation.parts.iter().map(|part| say.part(part)).collect(),
            reasons: explanation.reasons.iter().map(|reason| say.reason(reason)).collect(),
            raises: explanation.raises.iter().map(|raise| say.raise(raise)).collect(),
        }
    }
}

/// What sentences are made with.
#[derive(Clone, Copy)]
struct Say<'a> {
    lang: Lang,
    trust: &'a Trust,
}

impl Say<'_> {
    fn money(&self, minor: i64) -> FluentValue<'static> {
        self.lang.money(minor, self.trust.currency).into()
    }

    fn number(&self, number: i64) -> FluentValue<'static> {
        self.lang.number(number).into()
    }

    fn head(&self) -> String {
        let explanation = &self.trust.explanation;
        let limit = &explanation.limit;
        let (next, _) = explanation.next_level.unwrap_or_default();
        let values = [
            ("points", self.number(limit.points)),
            ("level", i64::from(limit.level).into()),
            ("from", self.number(explanation.level_points.unwrap_or_default())),
            ("next_level", (i64::from(limit.level) + 1).into()),
            ("next", self.number(next)),
            ("missing", self.number(next.saturating_sub(limit.points))),
        ];
        let key = match (explanation.level_points, explanation.next_level) {
            (None, _) => "trust-head-none",
            (Some(_), Some(_)) => "trust-head",
            (Some(_), None) => "trust-head-top",
        };
        self.lang.with(key, &values)
    }

    fn part(&self, part: &Part) -> PartWords {
        let (key, colour) = branch(part.pool);
        let named: u32 = part.with.iter().map(|(_, count)| count).sum();
        let with: Vec<String> = part
            .with
            .iter()
            .map(|(who, count)| {
                let who = self.who(*who).into();
                self.lang.with("trust-with", &[("who", who), ("count", i64::from(*count).into())])
            })
            .collect();
        let sign = if part.points < 0 { "\u{2212}" } else { "+" };
        PartWords {
            points: format!("{sign}{}", self.lang.number(part.points.saturating_abs())),
            what: self.lang.t(key),
            with: if named > 0 { with.join(", ") } else { String::new() },
            colour,
        }
    }

    /// A counterparty by what it is and its short code: no name of a person stands on a slip.
    fn who(&self, party: PartyId) -> String {
        let Some(party) = self.trust.named.get(&party) else {
            return self.lang.t("trust-others");
        };
        let key = match party.kind {
            PartyKind::Cooperative => "trust-party-cooperative",
            PartyKind::Supplier => "trust-party-supplier",
            PartyKind::Household | PartyKind::Member => "trust-party-household",
            _ => "trust-party-buyer",
        };
        self.lang.with(key, &[("code", party.code.to_string().into())])
    }

    fn reason(&self, reason: &Reason) -> String {
        let key = reason_key(reason);
        let values = match *reason {
            Reason::FraudBarred | Reason::VillagePause => Vec::new(),
            Reason::FrozenDefault { since } => vec![("since", self.lang.date(since).into())],
            Reason::CohortFull { room_minor } => vec![("room", self.money(room_minor))],
            Reason::LevelLow { missing_points, next_limit_minor } => vec![
                ("missing", self.number(missing_points)),
                ("limit", self.money(next_limit_minor)),
            ],
            Reason::BackingLow { recent_minor, backed_minor } => {
                vec![("recent", self.money(recent_minor)), ("backed", self.money(backed_minor))]
            }
            Reason::StepNotRepaid { largest_minor } => vec![("largest", self.money(largest_minor))],
            Reason::UnprovenOnly { cap_points } => vec![("cap", self.number(cap_points))],
            Reason::OneCounterparty { with } => vec![("who", self.who(with).into())],
            Reason::PeriodCap { waiting_points } => vec![("waiting", self.number(waiting_points))],
            Reason::PenaltyLate { points }
            | Reason::PenaltyDispute { points }
            | Reason::IdentityPending { points } => vec![("points", self.number(points))],
        };
        self.lang.with(&key, &values)
    }

    fn raise(&self, raise: &Raise) -> (String, String) {
        let with = |key: &str, minor: i64| self.lang.with(key, &[("value", self.money(minor))]);
        let deed = match raise.deed {
            Deed::SellProven { to: Some(to), value_minor } => {
                let values = [("value", self.money(value_minor)), ("who", self.who(to).into())];
                self.lang.with("trust-deed-sell-proven", &values)
            }
            Deed::SellProven { to: None, value_minor } => {
                with("trust-deed-sell-proven-new", value_minor)
            }
            Deed::SellKnown { value_minor, .. } => with("trust-deed-sell-known", value_minor),
            Deed::Buy { value_minor } => with("trust-deed-buy", value_minor),
            Deed::Repay { days_held, principal_minor } => {
                let values = [("value", self.money(principal_minor)), ("days", days_held.into())];
                self.lang.with("trust-deed-repay", &values)
            }
            Deed::Confirm { fact } => self.lang.t(match fact {
                FactKind::Identity => "trust-deed-confirm-identity",
                FactKind::Address => "trust-deed-confirm-address",
                FactKind::Plot => "trust-deed-confirm-plot",
            }),
            Deed::Cure => self.lang.t("trust-deed-cure"),
        };
        let mut gains = Vec::new();
        if raise.points > 0 {
            let points = self.number(raise.points);
            gains.push(self.lang.with("trust-gain-points", &[("points", points)]));
        }
        if raise.limit_minor > 0 {
            let money = self.money(raise.limit_minor);
            gains.push(self.lang.with("trust-gain-limit", &[("money", money)]));
        }
        (deed, gains.join(", "))
    }
}

/// The name and the colour of a branch; dark enough for text beside it.
const fn branch(pool: Option<Pool>) -> (&'static str, &'static str) {
    match pool {
        Some(Pool::Facts) => ("trust-pool-facts", "#1f5f8b"),
        Some(Pool::ProvenSales) => ("trust-pool-proven-sales", "#2f6b3a"),
        Some(Pool::UnprovenSales) => ("trust-pool-unproven-sales", "#6b8e23"),
        Some(Pool::Purchases) => ("trust-pool-purchases", "#a23c1c"),
        Some(Pool::VillageTrade) => ("trust-pool-village-trade", "#7a4f9b"),
        Some(Pool::Repaid) => ("trust-pool-repaid", "#8a6a00"),
        None => ("trust-pool-penalties", "#6a5a50"),
    }
}

/// The explanation on paper: 32 columns, plain text, nothing that a cheap printer cannot print.
pub fn slip(lang: Lang, trust: &Trust) -> String {
    let words = Words::of(lang, trust);
    let mut paper = Paper(String::new());
    paper.line(&format!("{} {}", lang.t("trust-title"), trust.household.code));
    paper.line(&trust_day(lang, trust));
    paper.rule();
    paper.line(&words.head);
    paper.line(&words.limit);
    for (what, money, is_this) in &words.numbers {
        let mark =
            if *is_this { format!(" <- {}", lang.t("trust-limit-this")) } else { String::new() };
        paper.line(&format!("{money} {what}{mark}"));
    }
    paper.rule();
    paper.line(&lang.t("trust-parts"));
    for part in &words.parts {
        let with = if part.with.is_empty() { String::new() } else { format!(" ({})", part.with) };
        paper.line(&format!("{} {}{with}", part.points.replace('\u{2212}', "-"), part.what));
    }
    if !words.reasons.is_empty() {
        paper.rule();
        paper.line(&lang.t("trust-reasons"));
        words.reasons.iter().for_each(|reason| paper.line(&format!("* {reason}")));
    }
    if !words.raises.is_empty() {
        paper.rule();
        paper.line(&lang.t("trust-raises"));
        words.raises.iter().for_each(|(deed, gain)| paper.line(&format!("* {deed}: {gain}")));
    }
    paper.rule();
    paper.line(&lang.t("trust-slip-foot"));
    paper.0
}

fn trust_day(lang: Lang, trust: &Trust) -> String {
    lang.date(trust.on)
}

/// Text in columns.
struct Paper(String);

impl Paper {
    fn rule(&mut self) {
        let _ = writeln!(self.0, "{}", "-".repeat(SLIP_COLUMNS));
    }

    /// Writes a text in as many lines as it needs; words stay whole where a language has words.
    fn line(&mut self, text: &str) {
        let mut line = String::new();
        for word in pieces(text) {
            if columns(&line) + columns(word.trim_end()) > SLIP_COLUMNS && !line.is_empty() {
                let _ = writeln!(self.0, "{}", line.trim_end());
                line = String::new();
            }
            line.push_str(word);
        }
        let _ = writeln!(self.0, "{}", line.trim_end());
    }
}

/// Where a line may break: after a space and around each wide character.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        if is_wide(c) && at > start {
            pieces.extend(text.get(start..at));
            start = at;
        }
        let end = at + c.len_utf8();
        if c == ' ' || is_wide(c) {
            pieces.extend(text.get(start..end));
            start = end;
        }
    }
    pieces.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    pieces
}

const fn is_wide(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ff00}'..='\u{ff60}')
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

/// One branch of the tree.
struct Branch {
    colour: &'static str,
    x: i64,
    y: i64,
    radius: i64,
    points: String,
    /// Where its fruits hang: one for each operation of the counterparties named, at most five.
    fruits: Vec<(i64, i64)>,
}

#[derive(Template)]
#[template(path = "trust/card.html")]
struct Card {
    lang: Lang,
    words: Words,
    branches: Vec<Branch>,
    trunk: i64,
    withered: Vec<(i64, i64)>,
    label: String,
    withered_label: String,
    /// What all parts are together.
    sum: String,
    /// Whether the reasons stand elsewhere.
    is_short: bool,
}

/// Where the branches of the six pools end.
const ENDS: [(i64, i64); 6] = [(70, 150), (160, 52), (72, 72), (250, 150), (40, 112), (248, 72)];

/// The explanation as a part of a page: the tree, the sum, the reasons, what would raise it.
///
/// # Errors
/// When the template does not render.
pub fn card(lang: Lang, trust: &Trust) -> Result<String, askama::Error> {
    picture(lang, trust, false).render()
}

/// The tree with its points and the limit, where the reasons have a page of their own.
///
/// # Errors
/// When the template does not render.
pub fn short_card(lang: Lang, trust: &Trust) -> Result<String, askama::Error> {
    picture(lang, trust, true).render()
}

fn picture(lang: Lang, trust: &Trust, is_short: bool) -> Card {
    let explanation = &trust.explanation;
    let (limit, words) = (&explanation.limit, Words::of(lang, trust));
    let branches = explanation.parts.iter().zip(ENDS).map(|(part, (x, y))| {
        // The area of a crown stands for its points: 4,000 fill the picture's largest.
        let radius = 6 + part.points.max(0).saturating_mul(2).isqrt().min(44);
        let count: u32 = part.with.iter().map(|(_, count)| count).sum();
        let around = [(0, -1), (-1, 0), (1, 0), (0, 1), (0, 0)];
        let fruits = around.into_iter().take(usize::try_from(count).unwrap_or(5));
        let fruits = fruits.map(|(dx, dy)| (x + dx * radius / 2, y + dy * radius / 2)).collect();
        let (_, colour) = branch(part.pool);
        Branch { colour, x, y, radius, points: lang.number(part.points), fruits }
    });
    let lost = explanation.parts.iter().find(|part| part.pool.is_none()).map_or(0, |p| -p.points);
    let leaves = usize::try_from(lost / 40 + i64::from(lost > 0)).unwrap_or(0).min(8);
    let at = |index: i64| (84 + 22 * index, 232 - (index % 2) * 5);
    let values =
        [("points", lang.number(limit.points).into()), ("level", i64::from(limit.level).into())];
    Card {
        lang,
        words,
        branches: branches.collect(),
        trunk: 8 + 4 * i64::from(limit.level),
        withered: (0..8).take(leaves).map(at).collect(),
        label: lang.with("trust-tree", &values),
        withered_label: lang.with("trust-leaf-withered", &[("points", lang.number(lost).into())]),
        sum: lang.number(limit.points),
        is_short,
    }
}

/// One line of the journal of points in words, and what it added or took.
pub fn line(lang: Lang, trust: &Trust, row: &LineRow) -> (String, String) {
    let say = Say { lang, trust };
    let who = row.counterparty.map_or_else(|| lang.t("trust-others"), |party| say.who(party));
    let values = [("value", say.money(row.line.value_minor)), ("who", who.into())];
    let what = lang.with(&format!("trust-line-{}", row.kind.replace('_', "-")), &values);
    // A grain is 1/256 of a point; a tenth is as fine as people read.
    let tenths = row.line.grains.saturating_abs().saturating_mul(10) / 256;
    let point = if lang == Lang::Fr { ',' } else { '.' };
    let sign = match row.line.grains.signum() {
        1 => "+",
        -1 => "\u{2212}",
        _ => "",
    };
    (what, format!("{sign}{}{point}{}", lang.number(tenths / 10), tenths % 10))
}

/// The key of the sentence for a reason.
fn reason_key(reason: &Reason) -> String {
    // Who never borrowed has no largest loan to be told of.
    if let Reason::StepNotRepaid { largest_minor: 0 } = reason {
        return "trust-reason-step-first".to_owned();
    }
    format!("trust-reason-{}", reason.code().to_ascii_lowercase().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a slip never runs off its paper, in no language. Method: long words of each.
    #[test]
    fn lines_keep_their_columns() {
        for text in [
            "a few plain words that are longer than one line of the paper",
            "信任分由这些加起来，卖给已核实的买家，分数和额度谁有账本都可以核对。",
            "合作社 COOP 2 次, buyer B1 twice",
        ] {
            let mut paper = Paper(String::new());
            paper.line(text);
            let lines: Vec<&str> = paper.0.lines().collect();
            assert!(lines.iter().all(|line| columns(line) <= SLIP_COLUMNS), "{lines:?}");
            assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        }
    }

    /// Goal: who never borrowed is not told of a loan of nothing.
    /// Method: the sentence before a first loan and after one of 50 yuan, in each language.
    #[test]
    fn a_first_loan_has_its_own_sentence() {
        let first = reason_key(&Reason::StepNotRepaid { largest_minor: 0 });
        let later = reason_key(&Reason::StepNotRepaid { largest_minor: 5_000 });
        for lang in Lang::ALL {
            let with = |key: &str| lang.with(key, &[("largest", "50.00".into())]);
            assert!(lang.has(&first) && !with(&first).contains("50.00"), "{}", with(&first));
            assert!(with(&later).contains("50.00"), "{}", with(&later));
        }
    }
}
