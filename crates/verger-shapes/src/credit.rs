//! What credit answers with. Owns the JSON forms; figures are the domain's, words are `credit_text`.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use verger_app::Receipt;
use verger_domain::Effect;
use verger_domain::credit::decision::Decision;
use verger_domain::credit::enterprise::sensible_minor;
use verger_domain::credit::portfolio::{Measures, Report};
use verger_domain::credit::quote::Quote;
use verger_domain::credit::{Borrower, BorrowerEvent, LoanBook, Op, Part, Tranche};
use verger_domain::policy::{CreditPolicy, Enterprise};
use verger_domain::time::{Date, Now};

use crate::{EntryShape, entries};
use verger_words::credit::{Told, Words};
use verger_words::text::rfc3339;

/// What a command of credit did.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lent {
    /// The number of the record in the journal of the village's cell.
    #[schema(example = 42)]
    seq: u64,
    /// When it was decided (RFC 3339, UTC).
    #[schema(example = "2026-07-20T06:30:00.000000Z")]
    at: String,
    /// The loan that was drawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    tranche: Option<String>,
    /// The decision about a draw, asked for or made.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionShape>,
    /// What a payment took, in minor units; the rest of what was offered stays in the wallet.
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_minor: Option<i64>,
    /// What each account received.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    entries: Vec<EntryShape>,
}

/// A decision with its price and its reasons.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionShape {
    /// Whether the draw is made.
    is_granted: bool,
    /// What could be drawn now, in minor units.
    available_minor: i64,
    /// What it costs.
    quote: Option<QuoteShape>,
    /// The key-fact statement, a line a fact, in the caller's language.
    statement: Vec<String>,
    /// Why not, the most limiting first.
    reasons: Vec<Told>,
    /// The hash of everything that was looked at.
    facts_hash: String,
    /// The version of the policy it was decided under.
    policy_version: u32,
}

/// What a draw costs.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteShape {
    /// The money, in minor units.
    amount_minor: i64,
    /// The day it is to be paid by.
    due_on: String,
    /// What is to be paid on that day, in minor units.
    payoff_minor: i64,
    /// Everything it costs then, in minor units.
    cost_minor: i64,
    /// The fee in it, in minor units.
    fee_minor: i64,
    /// The cost of one day, in hundredths of a minor unit.
    cost_a_day_centi: i64,
    /// The cost of one day once it is late, in hundredths of a minor unit.
    late_a_day_centi: i64,
    /// The all-in yearly rate, in hundredths of a percent.
    simple_bps: i64,
    /// The same with compounding.
    effective_bps: i64,
    /// The most it can ever cost on top of the money, in minor units.
    cost_max_minor: i64,
}

impl From<Quote> for QuoteShape {
    fn from(quote: Quote) -> Self {
        Self {
            amount_minor: quote.amount_minor,
            due_on: quote.due_on.to_string(),
            payoff_minor: quote.payoff_minor,
            cost_minor: quote.cost_minor,
            fee_minor: quote.fee_minor,
            cost_a_day_centi: quote.cost_a_day_centi,
            late_a_day_centi: quote.late_a_day_centi,
            simple_bps: quote.simple_bps,
            effective_bps: quote.effective_bps,
            cost_max_minor: quote.cost_max_minor,
        }
    }
}

impl DecisionShape {
    fn new(decision: &Decision, cooling_off_hours: u32, words: Words<'_>) -> Self {
        let statement = decision.quote.as_ref();
        let statement = statement.map(|quote| words.statement(quote, cooling_off_hours));
        Self {
            is_granted: decision.is_granted,
            available_minor: decision.available_minor,
            quote: decision.quote.map(QuoteShape::from),
            statement: statement.unwrap_or_default(),
            reasons: decision.reasons.iter().map(|reason| Told::new(reason, words)).collect(),
            facts_hash: verger_domain::codec::to_hex(&decision.facts_hash),
            policy_version: decision.policy_version,
        }
    }
}

impl Lent {
    pub fn new(receipt: &Receipt, cooling_off_hours: u32, words: Words<'_>) -> Self {
        let mut lent = Self {
            seq: receipt.record.seq,
            at: rfc3339(receipt.record.at),
            tranche: None,
            decision: None,
            taken_minor: None,
            entries: entries(receipt),
        };
        let told = |decision| Some(DecisionShape::new(decision, cooling_off_hours, words));
        for effect in &receipt.record.effects {
            match effect {
                Effect::CreditOffered { decision, .. } => lent.decision = told(decision),
                Effect::Credit { event, .. } => match event {
                    BorrowerEvent::Decided { decision, tranche, .. } => {
                        lent.decision = told(decision);
                        lent.tranche = Some(tranche.to_string());
                    }
                    BorrowerEvent::Recorded { event, .. } => lent.taken_minor = taken(&event.op),
                    _ => {}
                },
                _ => {}
            }
        }
        lent
    }
}

/// What a payment took: it is written down with exactly that.
fn taken(op: &Op) -> Option<i64> {
    match op {
        Op::Repay { amount_minor, .. } | Op::Recover { amount_minor, .. } => Some(*amount_minor),
        _ => None,
    }
}

/// A household's loans as they stand today.
#[derive(Debug, Serialize, ToSchema)]
pub struct BorrowerShape {
    /// The household.
    household: String,
    /// The day this is as of.
    today: String,
    /// What would settle everything today, in minor units.
    payoff_minor: i64,
    /// The share of its sales that repays, in basis points.
    sweep_share_bps: u32,
    /// Its loans, those due first in front.
    loans: Vec<LoanShape>,
    /// Everything that happened, in the order of recording.
    events: Vec<EventShape>,
    /// The latest notices, oldest first.
    notices: Vec<NoticeShape>,
}

/// One loan as it stands today.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoanShape {
    /// Its id.
    #[schema(example = "tranche_0199f0c2a8b47c0e8000000000000001")]
    id: String,
    /// `current`, `in_grace`, `overdue`, `restructured`, `non_accrual`, `closed` or `written_off`.
    #[schema(example = "current")]
    status: &'static str,
    /// What was drawn, in minor units.
    drawn_minor: i64,
    /// The day it was drawn.
    drawn_on: String,
    /// The day it is to be paid by.
    due_on: String,
    /// What is owed of the money itself, in minor units.
    principal_minor: i64,
    /// Interest due, in minor units.
    interest_minor: i64,
    /// Penalty due, in minor units.
    penalty_minor: i64,
    /// Fee due, in minor units.
    fee_minor: i64,
    /// What would settle it today, in minor units.
    payoff_minor: i64,
    /// The yearly rate, in ppm.
    rate_ppm: u32,
    /// Days past due.
    days_past_due: u32,
    /// What is still claimed after a write-off, in minor units.
    claim_minor: i64,
}

impl From<&Tranche> for LoanShape {
    fn from(row: &Tranche) -> Self {
        Self {
            id: row.id.to_string(),
            status: row.status().name(),
            drawn_minor: row.drawn_minor,
            drawn_on: row.drawn_on.to_string(),
            due_on: row.due_on.to_string(),
            principal_minor: row.principal_minor,
            interest_minor: row.due_minor(Part::Interest),
            penalty_minor: row.due_minor(Part::Penalty),
            fee_minor: row.due_minor(Part::Fee),
            payoff_minor: row.payoff_minor(),
            rate_ppm: row.terms.rate_ppm,
            days_past_due: row.days_past_due(row.through),
            claim_minor: row.claim_minor,
        }
    }
}

/// Something that happened to a household's loans.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventShape {
    /// Its number on the line.
    number: u32,
    /// What happened: `draw`, `repay`, `give_back`, `lower_rate`, `restructure`, `write_off` or
    /// `recover`.
    #[schema(example = "repay")]
    kind: &'static str,
    /// How much, in minor units, where it moved money.
    amount_minor: Option<i64>,
    /// The day it counts from.
    effective_on: String,
    /// The day it was written down.
    recorded_on: String,
    /// Whether it was taken back.
    is_reversed: bool,
}

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeShape {
    /// `due_in`, `due`, `plan_offered` or `penalty_starts`.
    kind: &'static str,
    /// The day it was for.
    on: String,
    /// The loan.
    tranche: String,
    /// What would have settled it that day, in minor units.
    amount_minor: i64,
    /// In words, in the caller's language.
    text: String,
}

impl BorrowerShape {
    pub fn new(row: &Borrower, now: Now, words: Words<'_>) -> Self {
        let line = row.line_on(now.today);
        let mut loans: Vec<&Tranche> = line.tranches.values().collect();
        loans.sort_by_key(|row| (row.end.is_some(), row.due_on, row.drawn_on, row.id));
        let event = |event: &verger_domain::credit::Event| {
            let (kind, amount_minor) = told(&event.op);
            EventShape {
                number: event.number,
                kind,
                amount_minor,
                effective_on: event.effective_on.to_string(),
                recorded_on: event.recorded_on.to_string(),
                is_reversed: event.is_reversed,
            }
        };
        let notice = |notice: &verger_domain::credit::borrower::Notice| NoticeShape {
            kind: notice.kind.name(),
            on: notice.on.to_string(),
            tranche: notice.tranche.to_string(),
            amount_minor: notice.amount_minor,
            text: words.notice(notice),
        };
        Self {
            household: row.id.to_string(),
            today: now.today.to_string(),
            payoff_minor: line.payoff_minor(),
            sweep_share_bps: row.sweep_share_bps,
            loans: loans.into_iter().map(LoanShape::from).collect(),
            events: row.events.iter().map(event).collect(),
            notices: row.notices.iter().map(notice).collect(),
        }
    }
}

const fn told(op: &Op) -> (&'static str, Option<i64>) {
    match op {
        Op::Draw { amount_minor, .. } => ("draw", Some(*amount_minor)),
        Op::Repay { amount_minor, .. } => ("repay", Some(*amount_minor)),
        Op::GiveBack { .. } => ("give_back", None),
        Op::LowerRate { .. } => ("lower_rate", None),
        Op::Restructure { .. } => ("restructure", None),
        Op::WriteOff { .. } => ("write_off", None),
        Op::Recover { amount_minor, .. } => ("recover", Some(*amount_minor)),
    }
}

/// What a village has lent.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookShape {
    /// The day this is as of.
    today: String,
    /// The gross portfolio, in minor units.
    olb_minor: i64,
    /// PAR30 with restructured loans, in hundredths of a percent.
    par30_bps: u32,
    /// PAR90 with restructured loans, in hundredths of a percent.
    par90_bps: u32,
    /// Principal that was agreed anew and has not proved itself, in minor units.
    restructured_minor: i64,
    /// Principal by the agent who assisted, in minor units.
    by_agent: BTreeMap<String, i64>,
}

impl BookShape {
    pub fn new(book: &LoanBook, today: Date) -> Self {
        let by_agent = book.by_agent.iter().map(|(agent, minor)| (agent.to_string(), *minor));
        Self {
            today: today.to_string(),
            olb_minor: book.olb_minor(),
            par30_bps: book.par30_bps(today),
            par90_bps: book.par90_bps(today),
            restructured_minor: book.restructured_minor,
            by_agent: by_agent.collect(),
        }
    }
}

/// A small enterprise that a loan can start.
#[derive(Debug, Serialize, ToSchema)]
pub struct EnterpriseShape {
    /// Its name, for a draw.
    #[schema(example = "fatten 50 chicks")]
    name: String,
    /// What it is lent for.
    #[schema(example = "livestock")]
    purpose: String,
    /// What it takes, in minor units.
    #[schema(example = 80_000)]
    outlay_minor: i64,
    /// What it brings or saves, carefully reckoned, in minor units.
    #[schema(example = 150_000)]
    sale_minor: i64,
    /// From the outlay to the sale.
    #[schema(example = 120)]
    days: u32,
    /// The largest loan that makes sense for it, in minor units.
    #[schema(example = 80_000)]
    sensible_minor: i64,
}

impl EnterpriseShape {
    pub fn new(row: &Enterprise, policy: &CreditPolicy, today: Date) -> Self {
        Self {
            name: row.name.clone(),
            purpose: row.purpose.clone(),
            outlay_minor: row.outlay_minor,
            sale_minor: row.sale_minor,
            days: row.days,
            sensible_minor: sensible_minor(policy, row, today),
        }
    }
}

/// The measures of some loans.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeasuresShape {
    /// Loans with something out.
    loans: u64,
    /// The gross portfolio, in minor units.
    olb_minor: i64,
    /// Principal more than 30 days late or agreed anew, in minor units.
    par30_minor: i64,
    /// Principal more than 90 days late or agreed anew, in minor units.
    par90_minor: i64,
    /// PAR30, in hundredths of a percent.
    par30_bps: u32,
    /// PAR90, in hundredths of a percent.
    par90_bps: u32,
    /// What is to be set aside, in minor units: rounded up once.
    provision_minor: i64,
    /// Principal in stages 1, 2 and 3 of IFRS 9, in minor units.
    stages_minor: [i64; 3],
}

impl From<&Measures> for MeasuresShape {
    fn from(measures: &Measures) -> Self {
        Self {
            loans: measures.loans,
            olb_minor: measures.olb_minor,
            par30_minor: measures.par30_minor,
            par90_minor: measures.par90_minor,
            par30_bps: measures.par30_bps(),
            par90_bps: measures.par90_bps(),
            provision_minor: measures.provision_minor(),
            stages_minor: measures.stages_minor,
        }
    }
}

/// What became of the draws of one month.
#[derive(Debug, Serialize, ToSchema)]
pub struct CohortShape {
    /// The month of drawing.
    #[schema(example = "2026-07")]
    month: String,
    /// How many draws.
    loans: u64,
    /// Drawn, in minor units.
    drawn_minor: i64,
    /// Paid back, in minor units.
    repaid_minor: i64,
    /// Out, in minor units.
    olb_minor: i64,
    /// More than 30 days late or agreed anew, in minor units.
    par30_minor: i64,
    /// Written off, in minor units.
    lost_minor: i64,
}

/// What the loans of a village are worth.
#[derive(Debug, Serialize, ToSchema)]
pub struct PortfolioShape {
    /// The day this is as of.
    today: String,
    /// All loans.
    all: MeasuresShape,
    /// By the agent who assisted; the empty name for those without one.
    by_agent: BTreeMap<String, MeasuresShape>,
    /// By the month of drawing.
    cohorts: Vec<CohortShape>,
    /// What was written off of everything that was ever lent, in hundredths of a percent.
    lost_bps: u32,
    /// How many of the ended loans were paid in time, in hundredths of a percent.
    on_time_bps: u32,
    /// The same by what was drawn.
    on_time_value_bps: u32,
    /// Operating income over expense, in hundredths of a percent; absent without expense.
    self_sufficiency_bps: Option<i64>,
}

impl PortfolioShape {
    pub fn new(report: &Report, today: Date, self_sufficiency_bps: Option<i64>) -> Self {
        let by_agent = report.by_agent.iter().map(|(agent, measures)| {
            let name = agent.map(|agent| agent.to_string()).unwrap_or_default();
            (name, MeasuresShape::from(measures))
        });
        let cohorts = report.cohorts.iter().map(|(month, cohort)| CohortShape {
            month: month.to_string(),
            loans: cohort.loans,
            drawn_minor: cohort.drawn_minor,
            repaid_minor: cohort.repaid_minor,
            olb_minor: cohort.olb_minor,
            par30_minor: cohort.par30_minor,
            lost_minor: cohort.lost_minor,
        });
        Self {
            today: today.to_string(),
            all: MeasuresShape::from(&report.all),
            by_agent: by_agent.collect(),
            cohorts: cohorts.collect(),
            lost_bps: report.lost_bps(),
            on_time_bps: report.on_time_bps(),
            on_time_value_bps: report.on_time_value_bps(),
            self_sufficiency_bps,
        }
    }
}
