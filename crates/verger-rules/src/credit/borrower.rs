//! A household as a borrower: its file, its events and the line they make. Owns how an event changes
//! it; must not decide whether the event may happen: that is in `decide/market/credit`.

use serde::{Deserialize, Serialize};

use super::atoms::plus_days;
use super::decision::Decision;
use super::event::{Event, Op, Outcome};
use super::facts::{Facts, Holds};
use super::line::{Line, fold};
use super::tranche::{CURE_DAYS, Tranche};
use crate::id::{PartyId, TrancheId, VillageId};
use crate::policy::CreditPolicy;
use crate::time::{Date, Instant};

/// Days past due from which a loan is in default, which trust counts.
pub const DEFAULT_DAYS: u32 = 30;

/// So many notices are kept for the household to read again.
const NOTICES_MAX: usize = 30;

/// What people of the staff know and set about a borrower. No personal data: only what a decision
/// looks at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Complaints against the household that are not settled.
    pub disputes_open: u32,
    /// Marks that stop new draws.
    pub holds: Holds,
    /// The day up to which the identity is verified; without one it is verified with registration.
    pub identity_until: Option<Date>,
    /// Whether the household took its agreement to new draws back.
    pub is_consent_withdrawn: bool,
    /// Debt elsewhere that is known, in minor units.
    pub other_debt_minor: i64,
}

/// A household as a borrower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Borrower {
    /// Until when each draw can be given back for nothing.
    pub cooling_off: Vec<(TrancheId, Instant)>,
    /// The day through which the books have been told of its charges.
    pub counted_on: Date,
    /// When the clock looks at it next.
    pub due_at: Option<Instant>,
    /// Everything that happened to its loans, in the order of recording.
    pub events: Vec<Event>,
    /// Its file.
    pub file: File,
    /// The household.
    pub id: PartyId,
    /// The draws, as of `counted_on`.
    pub line: Line,
    /// The day through which it has been told of what is due.
    pub noticed_on: Date,
    /// The latest notices, oldest first.
    pub notices: Vec<Notice>,
    /// The share of its sales that repays, as it chose, in basis points; nothing without its choice.
    pub sweep_share_bps: u32,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

/// Something that happened to a borrower.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BorrowerEvent {
    /// It became known as a borrower.
    Opened(Box<Borrower>),
    /// Its file was changed.
    Filed(File),
    /// A draw was decided on; the facts are kept so that it can be decided again, bit for bit.
    Decided {
        /// The decision.
        decision: Box<Decision>,
        /// What was looked at.
        facts: Box<Facts>,
        /// The draw.
        tranche: TrancheId,
    },
    /// Something happened to its loans.
    Recorded {
        /// Until when the draw can be given back; draws only.
        cooling_off_until: Option<Instant>,
        /// What.
        event: Event,
    },
    /// An event was taken back.
    Reversed {
        /// Its number.
        number: u32,
        /// The day it was taken back.
        on: Date,
    },
    /// The books were told of every day before this one.
    Counted {
        /// The day.
        on: Date,
    },
    /// The clock shall look at it then.
    DueSet {
        /// When.
        due_at: Option<Instant>,
    },
    /// A share of its sales repays.
    SweepSet {
        /// The share, in basis points.
        share_bps: u32,
    },
    /// Notices of every day up to this one are on their way.
    Noticed {
        /// The day.
        on: Date,
    },
    /// A notice reached it.
    Told(Notice),
}

/// Something a borrower is told, kindly and in private.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What would settle it on that day, in minor units.
    pub amount_minor: i64,
    /// The day it is due.
    pub due_on: Date,
    /// What it is about.
    pub kind: NoticeKind,
    /// The day it is for.
    pub on: Date,
    /// Which draw.
    pub tranche: TrancheId,
}

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// It is due in so many days.
    DueIn(u32),
    /// It is due today.
    Due,
    /// It is late; before any penalty, a plan is offered.
    PlanOffered,
    /// From today a penalty accrues.
    PenaltyStarts,
}

impl NoticeKind {
    /// The name in the API and of its sentence.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DueIn(_) => "due_in",
            Self::Due => "due",
            Self::PlanOffered => "plan_offered",
            Self::PenaltyStarts => "penalty_starts",
        }
    }
}

impl Borrower {
    /// A household that has not borrowed yet.
    pub fn new(id: PartyId, village: VillageId, today: Date) -> Self {
        Self {
            cooling_off: Vec::new(),
            counted_on: today,
            due_at: None,
            events: Vec::new(),
            file: File::default(),
            id,
            line: Line::default(),
            notices: Vec::new(),
            noticed_on: today,
            sweep_share_bps: 0,
            version: 0,
            village,
        }
    }

    /// Changes it as the event says.
    pub fn apply(&mut self, event: &BorrowerEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            BorrowerEvent::Opened(_) | BorrowerEvent::Decided { .. } => {}
            BorrowerEvent::Filed(file) => self.file.clone_from(file),
            BorrowerEvent::Recorded { cooling_off_until, event } => {
                if let (Op::Draw { tranche, .. }, Some(until)) = (&event.op, cooling_off_until) {
                    self.cooling_off.push((*tranche, *until));
                }
                self.record(event.clone());
            }
            BorrowerEvent::Reversed { number, on } => {
                let known = self.events.iter_mut().find(|event| event.number == *number);
                if let Some(event) = known {
                    event.is_reversed = true;
                }
                self.line = fold(&self.events).0;
                self.count(*on);
            }
            BorrowerEvent::Counted { on } => self.count(*on),
            BorrowerEvent::DueSet { due_at } => self.due_at = *due_at,
            BorrowerEvent::SweepSet { share_bps } => self.sweep_share_bps = *share_bps,
            BorrowerEvent::Noticed { on } => self.noticed_on = *on,
            BorrowerEvent::Told(notice) => {
                self.notices.push(*notice);
                let over = self.notices.len().saturating_sub(NOTICES_MAX);
                self.notices.drain(..over);
            }
        }
    }

    fn count(&mut self, on: Date) {
        self.line.advance(on);
        self.counted_on = self.counted_on.max(on);
    }

    // In order, an event goes on top of what is there; one that is late makes everything be folded
    // again. Both come to the same line (CR-24).
    fn record(&mut self, event: Event) -> Outcome {
        let number = event.number;
        let recorded_on = event.recorded_on;
        let outcome = if event.effective_on >= self.counted_on {
            let outcome = self.line.apply(&event);
            self.events.push(event);
            outcome
        } else {
            self.events.push(event);
            let (line, mut outcomes) = fold(&self.events);
            self.line = line;
            outcomes.remove(&number).unwrap_or_default()
        };
        self.count(recorded_on);
        outcome
    }

    /// The next event of this borrower: its number follows from what is there.
    pub fn next_event(&self, op: Op, effective_on: Date, recorded_on: Date) -> Event {
        let number = u32::try_from(self.events.len()).unwrap_or(u32::MAX);
        Event { effective_on, is_reversed: false, number, op, recorded_on }
    }

    /// What an event would come to, without changing anything.
    pub fn outcome_of(&self, event: &Event) -> Outcome {
        self.clone().record(event.clone())
    }

    /// The line as it stands today.
    pub fn line_on(&self, today: Date) -> Line {
        self.line.on(today)
    }

    /// The draw with this id.
    pub fn tranche(&self, id: TrancheId) -> Option<&Tranche> {
        self.line.tranches.get(&id)
    }

    /// Until when a draw can be given back for nothing, if that is still to come.
    pub fn cooling_off_until(&self, id: TrancheId, at: Instant) -> Option<Instant> {
        let open = self.tranche(id).is_some_and(|row| row.end.is_none());
        let known = self.cooling_off.iter().find(|(tranche, _)| *tranche == id);
        known.map(|(_, until)| *until).filter(|until| open && at < *until)
    }

    /// The latest cooling-off that still runs: until then there is no second draw.
    pub fn cooling_off_latest(&self, at: Instant) -> Option<Instant> {
        let ids = self.cooling_off.iter().map(|(tranche, _)| *tranche);
        ids.filter_map(|id| self.cooling_off_until(id, at)).max()
    }

    /// The notices of the days after `noticed_on` up to and with today.
    pub fn notices_until(&self, policy: &CreditPolicy, today: Date) -> Vec<Notice> {
        let line = self.line_on(today);
        let mut notices = Vec::new();
        for tranche in line.open() {
            for (on, kind) in notice_days(policy, tranche) {
                // After a stop of the server a borrower hears of the present, not of what is over.
                let is_new = on > self.noticed_on && on <= today;
                let is_over = matches!(kind, NoticeKind::DueIn(_)) && tranche.due_on < today;
                if is_new && !is_over {
                    let (amount_minor, due_on) = (tranche.payoff_minor(), tranche.due_on);
                    let tranche = tranche.id;
                    notices.push(Notice { amount_minor, due_on, kind, on, tranche });
                }
            }
        }
        notices
    }

    /// The next day on which the clock has something to do here.
    pub fn next_day(&self, policy: &CreditPolicy, today: Date) -> Option<Date> {
        let open = self.line.open();
        let days = open.iter().flat_map(|tranche| {
            let late = tranche.terms.non_accrual_days;
            let cured = tranche.plan.map(|plan| plus_days(plan.agreed_on, CURE_DAYS));
            let turn = |days| Some(plus_days(tranche.due_on, days));
            let turns = [turn(DEFAULT_DAYS), turn(late), cured].into_iter().flatten();
            notice_days(policy, tranche).into_iter().map(|(on, _)| on).chain(turns)
        });
        days.filter(|day| *day > today).min()
    }
}

// A plan is offered on the first day of grace, so always before a penalty (CR-46).
fn notice_days(policy: &CreditPolicy, tranche: &Tranche) -> Vec<(Date, NoticeKind)> {
    let due_on = tranche.due_on;
    let before = policy.reminder_days.iter().filter_map(|days| {
        let back = i32::try_from(*days).ok()?;
        let on = Date::from_days(due_on.days().saturating_sub(back))?;
        Some((on, NoticeKind::DueIn(*days)))
    });
    let mut days: Vec<_> = before.collect();
    days.push((due_on, NoticeKind::Due));
    days.push((plus_days(due_on, 1), NoticeKind::PlanOffered));
    days.push((plus_days(due_on, tranche.terms.grace_days.max(1)), NoticeKind::PenaltyStarts));
    days
}
