//! Loans around the commands: who may look at them, decisions made again from the journal, the close
//! of a month. Owns what of this is private and in which order a month closes; what a loan costs and
//! whether it is made is the domain's.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use verger_domain::codec;
use verger_domain::credit::borrower::BorrowerEvent;
use verger_domain::credit::decision::{Decision, decide};
use verger_domain::credit::portfolio::{Exposure, Matrix, Measures, Report};
use verger_domain::credit::tranche::Tranche;
use verger_domain::credit::{Borrower, CreditCommand, LoanBook, stored_in};
use verger_domain::effect::Record;
use verger_domain::id::{CellId, CommandId, PartyId, VillageId};
use verger_domain::ledger::{AccountId, AccountKey, Code, period};
use verger_domain::party::PartyKind;
use verger_domain::policy::{Policy, ProvisionStep};
use verger_domain::refusal::CreditRefusal;
use verger_domain::time::{Date, Instant, Month};
use verger_domain::{Actor, Body, Command, Effect, Refusal};
use verger_store::{Reader, Store, StoreError};

use crate::App;
use crate::error::AppError;

impl App {
    /// A household as a borrower, for itself, for agents and for the staff; to others it is not
    /// there, as for a household that never borrowed. Loans are nobody else's business.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn borrower(
        &self,
        village: VillageId,
        viewer: PartyId,
        household: PartyId,
    ) -> Result<Option<Borrower>, AppError> {
        let question = move |reader: &mut Reader, cell| {
            let viewer = reader.party(cell, viewer)?.map(|view| view.party);
            let may_look = viewer.is_some_and(|viewer| {
                let is_own = viewer.id == household || viewer.household == Some(household);
                is_own || matches!(viewer.kind, PartyKind::Agent | PartyKind::Staff)
            });
            if !may_look {
                return Ok(None);
            }
            reader.document::<Borrower>(cell, village, household.bits())
        };
        self.ask(village, question).await
    }

    /// What the loans of a village are worth on a day, and the operational self-sufficiency of its
    /// books in hundredths of a percent. It follows from the draws as they stand: nothing of it is
    /// stored, and no nightly job makes it.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn portfolio(
        &self,
        village: VillageId,
        on: Date,
    ) -> Result<(Report, Option<i64>), AppError> {
        let (start, kept) = (self.policy().clone(), Arc::clone(&self.inner.kept));
        let question = move |reader: &mut Reader, cell| {
            let matrix = matrix_of(reader, (cell, village), &start)?;
            let mut report = Report::default();
            reader.each_loan(cell, Some(village), &mut |_, tranche| {
                report.add(tranche, on, &matrix);
            })?;
            let balance = kept.balance((reader, cell), village)?;
            Ok((report, period::self_sufficiency_bps(&balance)))
        };
        self.ask(village, question).await
    }

    /// The loans of a village one by one, with what they are worth together on a day: what the
    /// figures of [`App::portfolio`] are made of.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn loans(&self, village: VillageId, on: Date) -> Result<Arc<Loans>, AppError> {
        let (start, kept) = (self.policy().clone(), Arc::clone(&self.inner.kept));
        let question = move |reader: &mut Reader, cell| {
            kept.loans.get((reader, cell), (village, on), |reader, _| {
                // Of the same state as the loans: what is kept must not be older than its record.
                let balance = kept.balance((&mut *reader, cell), village)?;
                let self_sufficiency_bps = period::self_sufficiency_bps(&balance);
                let matrix = matrix_of(reader, (cell, village), &start)?;
                let loans = loans_of(reader, (cell, village), on, &matrix)?;
                Ok(Loans { self_sufficiency_bps, ..loans })
            })
        };
        self.ask(village, question).await
    }

    /// What the journal says about a household's loans: the record of each event, and the decisions
    /// with their reasons. For the staff; a household asks [`App::borrower`].
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn loan_history(
        &self,
        village: VillageId,
        household: PartyId,
    ) -> Result<LoanHistory, AppError> {
        let question = move |reader: &mut Reader, cell| {
            let known = reader.document::<Borrower>(cell, village, household.bits())?;
            let mut seqs = BTreeSet::new();
            for tranche in known.iter().flat_map(|row| row.line.tranches.keys()) {
                for code in RECEIVABLES {
                    let key = AccountKey { code, owner: tranche.bits() };
                    let id = AccountId { village, key };
                    let entries = reader.statement(cell, id, None, ENTRIES_READ)?;
                    seqs.extend(entries.iter().map(|entry| entry.seq));
                }
            }
            // What moved no money stands in no account: it is looked for in the latest records.
            let since = reader.head(cell)?.seq.saturating_sub(LOOKED_BACK);
            let place = (cell, village);
            let latest = reader.journal_of(place, "credit.", since, RECORDS_READ)?;
            let mut history = LoanHistory::default();
            for row in &latest {
                seqs.remove(&row.seq);
                history.add(&row.record()?, household);
            }
            for seq in seqs {
                if let Some(row) = reader.record(cell, seq)? {
                    history.add(&row.record()?, household);
                }
            }
            history.decisions.sort_by_key(|told| std::cmp::Reverse(told.seq));
            Ok(history)
        };
        self.ask(village, question).await
    }

    /// What a village has lent.
    ///
    /// # Errors
    /// When the books cannot be read.
    pub async fn loan_book(&self, village: VillageId) -> Result<LoanBook, AppError> {
        let question = move |reader: &mut Reader, cell| reader.loan_book(cell, village);
        self.ask(village, question).await
    }
}

/// The most ended loans that are listed.
const ENDED_MAX: u32 = 2_000;
/// Entries of one account that are looked through for their records.
const ENTRIES_READ: u32 = 100;
/// So many of the latest records are looked through for what moved no money,
const LOOKED_BACK: u64 = 20_000;
/// and so many of them are read.
const RECORDS_READ: u32 = 500;
/// The accounts of what a draw owes.
const RECEIVABLES: [Code; 4] =
    [Code::LOAN_PRINCIPAL, Code::LOAN_INTEREST, Code::LOAN_PENALTY, Code::LOAN_FEE];

/// The loans of a village one by one, and what they are worth together.
#[derive(Clone, Debug, Default)]
pub struct Loans {
    /// All together.
    pub report: Report,
    /// Operating income over expense, in hundredths of a percent; none without expense.
    pub self_sufficiency_bps: Option<i64>,
    /// The loans by how late they are, with the step of the provision that they are in.
    pub steps: Vec<(ProvisionStep, Measures)>,
    /// The open loans with their households, those due first in front, as of the day.
    pub open: Vec<(PartyId, Tranche)>,
    /// Those that are over, the latest first, each as it ended.
    pub ended: Vec<(PartyId, Tranche)>,
}

/// The loans of a village, and what they are worth together on a day.
fn loans_of(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    on: Date,
    matrix: &Matrix,
) -> Result<Loans, StoreError> {
    let mut report = Report::default();
    reader.each_loan(cell, Some(village), &mut |_, tranche| report.add(tranche, on, matrix))?;
    let open = reader.open_loans(cell, village)?.into_iter().map(|(_, (_, who, row))| {
        let mut row = row;
        row.advance(on);
        (who, row)
    });
    let open: Vec<(PartyId, Tranche)> = open.collect();
    let ended = reader.ended_loans(cell, village, ENDED_MAX)?;
    let ended = ended.into_iter().map(|(_, (_, who, row))| (who, row)).collect();
    let steps = by_step(&open, on, matrix);
    Ok(Loans { report, self_sufficiency_bps: None, steps, open, ended })
}

/// What loans are worth by the policy in force in their village.
fn matrix_of(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    start: &Policy,
) -> Result<Matrix, StoreError> {
    let policy = reader.policy_in_force(cell, village)?;
    Ok(Matrix::of(&policy.as_ref().unwrap_or(start).credit))
}

/// The measures of the loans of each step; all together they are the measures of the portfolio.
fn by_step(
    open: &[(PartyId, Tranche)],
    on: Date,
    matrix: &Matrix,
) -> Vec<(ProvisionStep, Measures)> {
    let empty = |step: &ProvisionStep| (*step, Measures::default());
    let mut steps: Vec<(ProvisionStep, Measures)> = matrix.steps.iter().map(empty).collect();
    let last = steps.len().saturating_sub(1);
    for (_, tranche) in open {
        let Some(loan) = Exposure::of(tranche, on) else { continue };
        let reached = matrix.steps.iter().position(|step| loan.days_past_due <= step.up_to_days);
        if let Some((_, measures)) = steps.get_mut(reached.unwrap_or(last)) {
            measures.add(&loan, matrix);
        }
    }
    steps
}

/// A decision about a household's loans, as the journal keeps it.
#[derive(Clone, Debug)]
pub struct DecisionTold {
    /// Its record.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// How much was asked, in minor units.
    pub asked_minor: i64,
    /// Whether it was only a question; a draw otherwise.
    pub is_question: bool,
    /// The decision.
    pub decision: Decision,
}

/// What the journal says about a household's loans.
#[derive(Clone, Debug, Default)]
pub struct LoanHistory {
    /// The record of each event of the line, by the event's number.
    pub seqs: BTreeMap<u32, u64>,
    /// The decisions, the latest first.
    pub decisions: Vec<DecisionTold>,
}

impl LoanHistory {
    fn add(&mut self, record: &Record, household: PartyId) {
        let mut told = |decision: &Decision, asked_minor, is_question| {
            let (seq, at, decision) = (record.seq, record.at, decision.clone());
            self.decisions.push(DecisionTold { seq, at, asked_minor, is_question, decision });
        };
        if let Some(Refusal::Credit(CreditRefusal::Declined { borrower, decision, facts })) =
            &record.refusal
            && *borrower == household
        {
            told(decision, facts.amount_minor, false);
        }
        for effect in &record.effects {
            match effect {
                Effect::CreditOffered { borrower, decision, facts } if *borrower == household => {
                    told(decision, facts.amount_minor, true);
                }
                Effect::Credit { borrower, event } if *borrower == household => match event {
                    BorrowerEvent::Decided { decision, facts, .. } => {
                        told(decision, facts.amount_minor, false);
                    }
                    BorrowerEvent::Recorded { event, .. } => {
                        self.seqs.insert(event.number, record.seq);
                    }
                    _ => {}
                },
                _ => {}
            }
        }
    }
}

/// What a replay of decisions found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Decisions that were made again.
    pub decisions: u64,
    /// Those that came out otherwise, each with its place in the journal.
    pub differences: Vec<String>,
}

/// Makes every stored decision again from its facts and the policy of its time, and compares the two
/// to the bit: granted, offered and declined ones alike (CR-44).
///
/// # Errors
/// Only when the journal cannot be read.
pub fn replay(store: &Store, progress: &mut dyn FnMut(u64)) -> Result<Replayed, StoreError> {
    let mut reader = store.reader()?;
    let mut replayed = Replayed::default();
    // Policies never change once adopted, and every version stands in the journal before its use. A
    // village that moved brought them along in its rows.
    let mut policies: BTreeMap<(VillageId, u32), Policy> = BTreeMap::new();
    for cell in CellId::all() {
        let mut after = 0;
        loop {
            let rows = reader.journal(cell, after, PAGE)?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            for row in &rows {
                let record = row.record()?;
                for effect in &record.effects {
                    if let Effect::PolicyAdopted(policy) = effect {
                        let key = (record.village, policy.version);
                        policies.insert(key, (**policy).clone());
                    }
                }
                for (stored, facts) in stored_in(&record) {
                    let key = (record.village, stored.policy_version);
                    let again = policies.get(&key).map(|policy| decide(facts, policy));
                    let same = again
                        .as_ref()
                        .is_some_and(|again| codec::to_bytes(again) == codec::to_bytes(stored));
                    replayed.decisions = replayed.decisions.saturating_add(1);
                    if !same {
                        replayed.differences.push(format!("cell {cell} record {}", record.seq));
                    }
                }
            }
            progress(replayed.decisions);
        }
    }
    Ok(replayed)
}

const PAGE: u32 = 4000;

/// What the close of a month told the books.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Borrowers whose charges were told to the books.
    pub counted: u64,
    /// The measures as of the day of closing.
    pub measures: Measures,
    /// What is set aside now, in minor units.
    pub provision_minor: i64,
}

impl App {
    /// Tells the books every charge up to today, sets aside what the loans are not worth, and closes
    /// the month. Each step is a command under a key of its own, so that a second try goes on where
    /// the first stopped.
    ///
    /// # Errors
    /// When a command is not answered or refused; what was done before it stays done.
    pub fn close_credit(&self, village: VillageId, month: Month) -> Result<Closed, AppError> {
        let start = self.policy().clone();
        let (loans, matrix) = self.ask_blocking(village, move |reader, cell| {
            let matrix = matrix_of(reader, (cell, village), &start)?;
            Ok((reader.open_loans(cell, village)?, matrix))
        })?;
        let households: BTreeSet<PartyId> = loans.iter().map(|(_, loan)| loan.1).collect();
        let today = self.now().today;
        let submit = |step: &str, body: Body| -> Result<(), AppError> {
            let name = format!("credit close {village} {month} {today} {step}");
            let digest = codec::sha256(name.as_bytes());
            let mut bits = [0; 16];
            bits.copy_from_slice(digest.split_at(16).0);
            let id = CommandId::from_bytes(bits);
            let command = Command { id, village, actor: Actor::System, body };
            self.submit_blocking(command)?.accepted().map(drop)
        };
        for household in &households {
            let command = CreditCommand::Count;
            submit(&household.to_string(), Body::Credit { borrower: *household, command })?;
        }
        let mut measures = Measures::default();
        for (_, (_, _, tranche)) in &loans {
            if let Some(exposure) = Exposure::of(tranche, today) {
                measures.add(&exposure, &matrix);
            }
        }
        let provision_minor = measures.provision_minor();
        submit("provide", Body::Provide { target_minor: provision_minor })?;
        submit("close", Body::CloseMonth { month })?;
        let counted = u64::try_from(households.len()).unwrap_or(u64::MAX);
        Ok(Closed { counted, measures, provision_minor })
    }
}
