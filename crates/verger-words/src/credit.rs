//! Credit in words: reasons with their next steps, and the key-fact statement. Owns which sentence
//! says what; the sentences are in `text/*/credit.ftl`, the figures are the domain's.

use fluent_bundle::FluentValue;
use serde::Serialize;
use utoipa::ToSchema;
use verger_app::clock::Calendar;
use verger_domain::credit::borrower::Notice;
use verger_domain::credit::decision::{Code, Reason, Step};
use verger_domain::credit::quote::Quote;
use verger_domain::money::Currency;

use crate::text::Lang;

/// A language with what it needs to write sums and moments.
#[derive(Clone, Copy)]
pub struct Words<'a> {
    pub lang: Lang,
    pub currency: Currency,
    pub calendar: &'a Calendar,
}

/// A reason as the API tells it: its code and numbers, and both in words.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "code": "A03", "found": 80_000, "threshold": 90_000, "allows_minor": 80_000,
    "detail": "The household may owe CN\u{a5}800.00; CN\u{a5}800.00 of it is free, CN\u{a5}900.00 was asked.",
    "next": {"ask_at_most": 80_000}, "hint": "Ask for up to CN\u{a5}800.00: that is possible now."
}))]
pub struct Told {
    /// The stable name, `A01` to `A27`.
    code: String,
    /// What was found.
    found: i64,
    /// What it was held against.
    threshold: i64,
    /// What this reason alone would still allow, in minor units.
    allows_minor: i64,
    /// The reason with its numbers, in the caller's language.
    detail: String,
    /// What can be done, as data; nothing where a person must look first.
    #[schema(value_type = Option<Object>)]
    next: Option<Step>,
    /// What can be done, in the caller's language.
    hint: String,
}

impl Told {
    pub fn new(reason: &Reason, words: Words<'_>) -> Self {
        Self {
            code: format!("{:?}", reason.code),
            found: reason.found,
            threshold: reason.threshold,
            allows_minor: reason.allows_minor,
            detail: words.reason(reason),
            next: reason.next.clone(),
            hint: words.step(reason.next.as_ref()),
        }
    }
}

/// One value of a sentence.
type Said = (&'static str, FluentValue<'static>);

impl Words<'_> {
    fn money(self, minor: i64) -> FluentValue<'static> {
        self.lang.money(minor, self.currency).into()
    }

    /// Hundredths of a percent as people read them.
    fn percent(self, bps: i64) -> FluentValue<'static> {
        percent(self.lang, bps).into()
    }

    /// Hundredths of a minor unit as money with two more digits.
    fn fine_money(self, centi: i64) -> FluentValue<'static> {
        // Below a minor unit people count in parts of it: 26.30 fen are 0.2630 yuan.
        let (whole, part) = (centi / 10_000, centi % 10_000);
        let point = if self.lang == Lang::Fr { ',' } else { '.' };
        format!("{whole}{point}{part:04}").into()
    }

    /// Why a draw is declined, with its numbers.
    pub fn reason(self, reason: &Reason) -> String {
        let number = |number: i64| -> FluentValue<'static> {
            match reason.code {
                Code::A03 | Code::A04 | Code::A06 | Code::A07 | Code::A26 | Code::A28 => {
                    self.money(number)
                }
                Code::A05 if number <= 10_000 => self.percent(number),
                Code::A05 => self.money(number),
                Code::A17 => self.percent(number / 100),
                _ => number.into(),
            }
        };
        let values: [Said; 3] = [
            ("found", number(reason.found)),
            ("threshold", number(reason.threshold)),
            ("allows", self.money(reason.allows_minor)),
        ];
        self.lang.with(&reason_key(reason.code), &values)
    }

    /// What can be done about it; where nothing can, that a person will look.
    pub fn step(self, step: Option<&Step>) -> String {
        let (key, values): (&str, Vec<Said>) = match step {
            None => ("step-person-looks", Vec::new()),
            Some(Step::AskAtMost(minor)) => ("step-ask-at-most", vec![("sum", self.money(*minor))]),
            Some(Step::AskAnotherAgent) => ("step-ask-another-agent", Vec::new()),
            Some(Step::ChooseDueDate(on)) => {
                ("step-choose-due-date", vec![("day", self.lang.date(*on).into())])
            }
            Some(Step::EarnPoints(points, lost)) => {
                let names: Vec<String> = lost
                    .iter()
                    .map(|(name, points)| {
                        let name = self.lang.t(&format!("trust-{}", name.replace('_', "-")));
                        format!("{name} ({points})")
                    })
                    .collect();
                let values = vec![("points", (*points).into()), ("ways", names.join(", ").into())];
                ("step-earn-points", values)
            }
            Some(Step::GiveConsent) => ("step-give-consent", Vec::new()),
            Some(Step::NamePurpose(names)) => {
                let names: Vec<String> =
                    names.iter().map(|name| purpose(self.lang, name)).collect();
                ("step-name-purpose", vec![("purposes", names.join(", ").into())])
            }
            Some(Step::PayOverdue(minor)) => {
                ("step-pay-overdue", vec![("sum", self.money(*minor))])
            }
            Some(Step::PaySteps(count, minor)) => {
                let values = vec![("count", (*count).into()), ("sum", self.money(*minor))];
                ("step-pay-steps", values)
            }
            Some(Step::Repay(minor)) => ("step-repay", vec![("sum", self.money(*minor))]),
            Some(Step::RepayElsewhere(minor)) => {
                ("step-repay-elsewhere", vec![("sum", self.money(*minor))])
            }
            Some(Step::SettleDisputes(count)) => {
                ("step-settle-disputes", vec![("count", (*count).into())])
            }
            Some(Step::VerifyIdentity) => ("step-verify-identity", Vec::new()),
            Some(Step::WaitUntil(at)) => {
                ("step-wait-until", vec![("moment", self.lang.moment(*at, self.calendar).into())])
            }
            Some(Step::WaitUntilDay(on)) => {
                ("step-wait-until-day", vec![("day", self.lang.date(*on).into())])
            }
        };
        self.lang.with(key, &values)
    }

    /// The all-in yearly rate of a quote.
    pub fn rate(self, quote: &Quote) -> String {
        percent(self.lang, quote.simple_bps)
    }

    /// A notice, kindly.
    pub fn notice(self, notice: &Notice) -> String {
        let values: [Said; 2] = [
            ("due", self.lang.date(notice.due_on).into()),
            ("sum", self.money(notice.amount_minor)),
        ];
        let key = format!("notice-{}", notice.kind.name().replace('_', "-"));
        self.lang.with(&key, &values)
    }

    /// The key-fact statement: what a household must know before it agrees, a line a fact.
    pub fn statement(self, quote: &Quote, cooling_off_hours: u32) -> Vec<String> {
        let values: [Said; 14] = [
            ("amount", self.money(quote.amount_minor)),
            ("due", self.lang.date(quote.due_on).into()),
            ("payoff", self.money(quote.payoff_minor)),
            ("cost", self.money(quote.cost_minor)),
            ("fee", self.money(quote.fee_minor)),
            ("day_cost", self.fine_money(quote.cost_a_day_centi)),
            ("late_day_cost", self.fine_money(quote.late_a_day_centi)),
            ("rate", self.percent(quote.simple_bps)),
            ("effective", self.percent(quote.effective_bps)),
            ("grace", quote.grace_days.into()),
            ("cap", self.money(quote.cost_max_minor)),
            ("most", self.money(quote.amount_minor.saturating_add(quote.cost_max_minor))),
            ("hours", cooling_off_hours.into()),
            ("currency", self.currency.code().into()),
        ];
        STATEMENT.iter().map(|key| self.lang.with(key, &values)).collect()
    }
}

/// The lines of the key-fact statement, in their order.
const STATEMENT: [&str; 7] = [
    "keyfact-amount",
    "keyfact-due",
    "keyfact-day",
    "keyfact-rate",
    "keyfact-early",
    "keyfact-late",
    "keyfact-worst",
];

/// Hundredths of a percent as people read them.
fn percent(lang: Lang, bps: i64) -> String {
    let point = if lang == Lang::Fr { ',' } else { '.' };
    let space = if lang == Lang::ZhCn { "" } else { "\u{a0}" };
    format!("{}{point}{:02}{space}%", bps / 100, bps % 100)
}

/// What people call a purpose; its name in the policy where a programme has one of its own.
pub fn purpose(lang: Lang, name: &str) -> String {
    known_name(lang, "purpose", name)
}

/// A small enterprise in words; as the programme calls it where it has a name of its own.
pub fn enterprise(lang: Lang, name: &str) -> String {
    known_name(lang, "venture", name)
}

fn known_name(lang: Lang, what: &str, name: &str) -> String {
    let key = format!("{what}-{}", name.replace([' ', '_'], "-"));
    if lang.has(&key) { lang.t(&key) } else { name.to_owned() }
}

fn reason_key(code: Code) -> String {
    format!("reason-{}", format!("{code:?}").to_lowercase())
}
