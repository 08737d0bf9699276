//! Credit as pages show it: what a household may borrow and why, what it owes, what a draw would cost.
//! Owns what its own page and the counter have in common; must not decide anything: whether a draw is
//! made, and at what price, is the domain's to say.

use verger_app::{Receipt, Trust};
use verger_domain::Effect;
use verger_domain::credit::books::receivable;
use verger_domain::credit::command::{DrawWish, Wish};
use verger_domain::credit::decision::{Decision, Step};
use verger_domain::credit::enterprise::{by_name, sensible_minor};
use verger_domain::credit::facts::Facts;
use verger_domain::credit::quote::{Quote, Until, due_on};
use verger_domain::credit::{Borrower, CreditCommand, Line, Part, Status, Terms, Tranche};
use verger_domain::id::{CommandId, PartyId, TrancheId};
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::money::Money;
use verger_domain::policy::{CreditPolicy, Enterprise};
use verger_domain::state::Entry;
use verger_domain::{Body, Proof};

use crate::credit_text::{Words, enterprise, purpose};
use crate::fault::Fault;
use crate::form::{Fields, minor_of};
use crate::input::Key;
use crate::session::Seat;
use crate::text::percent_encoded;

/// Sums that are offered as one touch, in steps of the programme.
const CHIPS: [i64; 6] = [5, 10, 20, 50, 100, 200];
/// Terms that are offered, in days; those that the programme allows.
const TERMS: [u32; 4] = [30, 60, 90, 180];
/// The term that is chosen until the household says otherwise.
const TERM: u32 = 90;
/// Shares of sales that are offered, in basis points; those that the programme allows.
const SHARES: [u32; 4] = [0, 2_000, 3_000, 5_000];
/// The most loans on one page, and the most lines of each.
const LOANS_MAX: usize = 6;
const LINES_MAX: u32 = 6;

/// What a household may borrow and what it owes, as of now.
pub(super) struct Standing {
    pub(super) household: PartyId,
    pub(super) trust: std::sync::Arc<Trust>,
    pub(super) wallet_minor: i64,
    borrower: Option<Borrower>,
    line: Line,
    policy: CreditPolicy,
    /// What moved the principal of each loan that is shown, newest first.
    lines: Vec<(Tranche, Vec<Entry>)>,
}

impl Standing {
    /// Reads it for whoever sits here; that he may look is the app's to say.
    pub(super) async fn of(seat: &Seat, household: PartyId) -> Result<Self, Fault> {
        let (village, now) = (seat.village, seat.app().now());
        let borrower = seat.app().borrower(village, seat.party, household).await?;
        let line = borrower.as_ref().map(|row| row.line_on(now.today)).unwrap_or_default();
        let mut loans: Vec<Tranche> = line.tranches.values().cloned().collect();
        let newest = |row: &Tranche| (row.drawn_on, row.id);
        loans.sort_by(|a, b| {
            let ended = a.end.is_some().cmp(&b.end.is_some());
            ended.then_with(|| newest(b).cmp(&newest(a)))
        });
        loans.truncate(LOANS_MAX);
        let found = seat.app().ask(village, move |reader, cell| {
            let of = |key| AccountId { village, key };
            let wallet = of(AccountKey::party(Code::WALLET, household));
            let wallet = reader.account_at(cell, wallet, now.at)?;
            let policy = reader.policy_in_force(cell, village)?;
            let mut lines = Vec::with_capacity(loans.len());
            for loan in loans {
                let principal = of(receivable(&loan, Part::Principal));
                let entries = reader.statement(cell, principal, None, LINES_MAX)?;
                lines.push((loan, entries));
            }
            Ok((wallet, policy, lines))
        });
        let (wallet, policy, lines) = found.await?;
        let policy = policy.map_or_else(|| seat.app().policy().credit.clone(), |p| p.credit);
        let trust = seat.app().trust(village, household).await?;
        let wallet_minor = wallet.map_or(0, |account| account.available_minor().max(0));
        Ok(Self { household, trust, wallet_minor, borrower, line, policy, lines })
    }

    /// What would settle everything today, in minor units.
    pub(super) fn owed_minor(&self) -> i64 {
        self.line.payoff_minor()
    }

    /// What is left of the limit, in whole steps of the programme.
    fn free_minor(&self) -> i64 {
        let step = self.policy.draw_step_minor.max(1);
        let limit_minor = self.trust.explanation.limit.limit_minor;
        limit_minor.saturating_sub(self.line.principal_minor()).max(0) / step * step
    }

    pub(super) fn share_bps(&self) -> u32 {
        self.borrower.as_ref().map_or(0, |row| row.sweep_share_bps)
    }

    /// The figures at the head of a page.
    pub(super) fn card(&self, seat: &Seat) -> Card {
        let words = crate::trust::Words::of(seat.lang, &self.trust);
        let (free_minor, today) = (self.free_minor(), seat.app().now().today);
        let due_on = due_on(&self.policy, today, Until::Days(TERM)).unwrap_or_else(|near| near);
        let quote = Quote::of(free_minor, (today, due_on), Terms::of(&self.policy));
        let cost = fine(seat, quote.cost_a_day_centi);
        let a_day = seat.lang.with("me-a-day-lead", &[("cost", cost.into())]);
        let why = words.numbers.iter().find(|(.., is_this)| *is_this);
        Card {
            free: seat.money(free_minor),
            limit: seat.money(self.trust.explanation.limit.limit_minor),
            why: why.map(|(what, ..)| what.clone()).unwrap_or_default(),
            owed: (self.owed_minor() > 0).then(|| seat.money(self.owed_minor())),
            wallet: seat.money(self.wallet_minor),
            a_day: (free_minor > 0).then_some(a_day),
            head: words.head,
            numbers: words.numbers,
            reasons: words.reasons,
            raises: words.raises,
        }
    }

    /// Sums to touch: round ones below what is free, and all of it.
    pub(super) fn chips(&self, seat: &Seat) -> Vec<(String, String)> {
        let (step, free) = (self.policy.draw_step_minor.max(1), self.free_minor());
        let round = CHIPS.into_iter().map(|steps| steps.saturating_mul(step));
        let mut sums: Vec<i64> = round.filter(|minor| *minor < free).collect();
        sums.extend((free > 0).then_some(free));
        sums.into_iter().map(|minor| (plain(seat, minor), seat.money(minor))).collect()
    }

    /// The programme's small enterprises, each with what it takes, what it brings, and the sum of it
    /// that can be borrowed now; `page` is the address of the page up to its question.
    pub(super) fn ventures(&self, seat: &Seat, page: &str) -> Vec<Venture> {
        let (free, step) = (self.free_minor(), self.policy.draw_step_minor.max(1));
        let venture = |row: &Enterprise| {
            let sensible = sensible_minor(&self.policy, row, seat.app().now().today);
            let possible = sensible.min(free) / step * step;
            let link = |minor| {
                let tail = format!("{page}sum={}{}", plain(seat, minor), venture_tail(&row.name));
                (seat.to(&tail), seat.money(minor))
            };
            Venture {
                title: enterprise(seat.lang, &row.name),
                what: self.venture_text(seat, row),
                link: (possible > 0).then(|| link(possible)),
                is_whole: possible == sensible,
            }
        };
        self.policy.enterprises.iter().map(venture).collect()
    }

    fn venture_text(&self, seat: &Seat, row: &Enterprise) -> String {
        let sensible = sensible_minor(&self.policy, row, seat.app().now().today);
        let values = [
            ("outlay", seat.money(row.outlay_minor).into()),
            ("sale", seat.money(row.sale_minor).into()),
            ("time", days_text(seat, row.days).into()),
            ("most", seat.money(sensible).into()),
        ];
        seat.lang.with("venture-line", &values)
    }

    /// Loans that are shown, those that run first.
    pub(super) fn loans(&self, seat: &Seat) -> Vec<LoanRow> {
        self.lines.iter().map(|(loan, entries)| self.loan(seat, loan, entries)).collect()
    }

    fn loan(&self, seat: &Seat, loan: &Tranche, entries: &[Entry]) -> LoanRow {
        let (lang, now) = (seat.lang, seat.app().now());
        let day = (now.today, loan.due_on.max(now.today));
        let price = Quote::of(loan.principal_minor, day, loan.terms);
        let is_late = matches!(loan.status(), Status::Overdue | Status::NonAccrual);
        let a_day = if is_late { price.late_a_day_centi } else { price.cost_a_day_centi };
        let until = self.borrower.as_ref().and_then(|row| row.cooling_off_until(loan.id, now.at));
        let until = until.filter(|_| loan.end.is_none()).map(|at| {
            let values = [
                ("moment", seat.moment(at).into()),
                ("sum", seat.money(loan.principal_minor).into()),
            ];
            lang.with("loan-give-back", &values)
        });
        let line = |entry: &Entry| {
            let key = if entry.amount_minor > 0 { "loan-line-drawn" } else { "loan-line-paid" };
            let sum = seat.money(entry.amount_minor.saturating_abs());
            let values = [("sum", sum.into()), ("moment", seat.moment(entry.at).into())];
            (entry.seq, lang.with(key, &values))
        };
        LoanRow {
            drawn: seat.money(loan.drawn_minor),
            drawn_on: lang.date(loan.drawn_on),
            due_on: lang.date(loan.ended_on.unwrap_or(loan.due_on)),
            is_over: loan.end.is_some(),
            is_late: loan.days_past_due(now.today) > 0,
            status: lang.t(&format!("loan-{}", loan.status().name().replace('_', "-"))),
            payoff: seat.money(loan.payoff_minor()),
            a_day: fine(seat, a_day),
            give_back: until,
            lines: entries.iter().map(line).collect(),
        }
    }

    /// The latest notices, newest first.
    pub(super) fn notices(&self, seat: &Seat) -> Vec<String> {
        const SHOWN: usize = 3;
        let words = seat.web.words(seat.lang);
        let all = self.borrower.as_ref().map(|row| row.notices.as_slice()).unwrap_or_default();
        // What is paid back needs no reminder any more.
        let is_open = |id: TrancheId| self.line.open().iter().any(|loan| loan.id == id);
        let open = all.iter().rev().filter(|notice| is_open(notice.tranche));
        open.take(SHOWN).map(|notice| words.notice(notice)).collect()
    }

    /// The sum that a repayment form proposes: all, or as much as there is.
    pub(super) fn repay(&self, seat: &Seat, at_hand_minor: i64) -> Option<Repay> {
        let owed = self.owed_minor();
        let amount_minor = owed.min(at_hand_minor.max(0));
        (owed > 0).then(|| Repay {
            amount: if amount_minor > 0 { plain(seat, amount_minor) } else { String::new() },
            payoff: seat.money(owed),
            is_whole: amount_minor == owed,
        })
    }

    /// What a household chooses before it is told the price, with what was typed already.
    pub(super) fn choice(&self, seat: &Seat, typed: &Fields, sum: &str) -> Choice {
        let allowed = self.policy.term_days_min..=self.policy.term_days_max;
        let chosen = by_name(&self.policy, typed.text("enterprise"));
        let usual = chosen.map_or(TERM, |row| row.days);
        let days = typed.text("days").parse().unwrap_or(usual);
        let mut terms = TERMS.to_vec();
        terms.extend((!TERMS.contains(&usual)).then_some(usual));
        terms.retain(|days| allowed.contains(days));
        terms.sort_unstable();
        let named = match typed.text("purpose") {
            "" => chosen.map_or("", |row| &row.purpose),
            named => named,
        };
        let purposes = self.policy.purposes.iter().enumerate().map(|(at, name)| Pick {
            value: name.clone(),
            label: purpose(seat.lang, name),
            is_on: if named.is_empty() { at == 0 } else { name == named },
        });
        let term =
            |of: u32| Pick { value: of.to_string(), label: days_text(seat, of), is_on: of == days };
        Choice {
            sum: sum.to_owned(),
            enterprise: chosen.map(|row| {
                let title = enterprise(seat.lang, &row.name);
                (row.name.clone(), title, self.venture_text(seat, row))
            }),
            purposes: purposes.collect(),
            terms: terms.into_iter().map(term).collect(),
            shares: self.shares(seat, typed.text("share").parse().ok()),
        }
    }

    /// The shares of sales that can repay; the household's own choice is marked.
    pub(super) fn shares(&self, seat: &Seat, typed: Option<u32>) -> Vec<Pick> {
        let chosen = typed.unwrap_or_else(|| self.share_bps());
        let mut all: Vec<u32> = SHARES.to_vec();
        all.extend((!SHARES.contains(&chosen)).then_some(chosen));
        all.retain(|share| *share <= self.policy.sweep_share_bps_max);
        let pick = |bps: u32| Pick {
            value: bps.to_string(),
            label: share_text(seat, bps),
            is_on: bps == chosen,
        };
        all.into_iter().map(pick).collect()
    }

    /// The offer that a question of this household was answered with, as long as its price is of
    /// today. The answer stands in the journal: what is agreed to is what was shown.
    pub(super) async fn offer(
        &self,
        seat: &Seat,
        asked: u64,
        share: Option<u32>,
    ) -> Result<Option<Offer>, Fault> {
        let Some((decision, facts)) = self.answer(seat, asked).await? else { return Ok(None) };
        let words = Words { currency: seat.place.currency, ..seat.web.words(seat.lang) };
        let hours = self.policy.cooling_off_hours;
        let quote = decision.quote.filter(|_| decision.is_granted);
        let share_bps = share.unwrap_or_else(|| self.share_bps());
        let asks_less = |step: &Step| matches!(step, Step::AskAtMost(_));
        let is_possible = decision.available_minor > 0
            && decision.reasons.iter().any(|reason| reason.next.as_ref().is_some_and(asks_less));
        let reason = |reason| (words.reason(reason), words.step(reason.next.as_ref()));
        let days = match facts.until {
            Until::Days(days) => days_text(seat, days),
            Until::Harvest(on) => seat.lang.date(on),
        };
        let values = [("share", share_text(seat, share_bps).into())];
        Ok(Some(Offer {
            seq: asked,
            sum: plain(seat, facts.amount_minor),
            venture: facts
                .enterprise
                .as_ref()
                .map(|row| venture_tail(&row.name))
                .unwrap_or_default(),
            amount: seat.money(facts.amount_minor),
            what: match &facts.enterprise {
                Some(row) => format!("{} · {days}", enterprise(seat.lang, &row.name)),
                None => format!("{} · {days}", purpose(seat.lang, &facts.purpose)),
            },
            figures: quote.map(|quote| figures(seat, &words, &quote)).unwrap_or_default(),
            statement: quote.map(|quote| words.statement(&quote, hours)).unwrap_or_default(),
            share: seat.lang.with("offer-share", &values),
            share_bps,
            reasons: decision.reasons.iter().map(reason).collect(),
            is_granted: decision.is_granted,
            less: is_possible.then(|| {
                let minor = decision.available_minor;
                (plain(seat, minor), seat.money(minor))
            }),
        }))
    }

    /// What a question of this household was answered, from the journal; nothing where that is no
    /// question of it, or of another day, when the price was another.
    async fn answer(&self, seat: &Seat, asked: u64) -> Result<Option<(Decision, Facts)>, Fault> {
        let (village, today) = (seat.village, seat.app().now().today);
        let row = seat.app().ask(village, move |reader, cell| reader.record(cell, asked)).await?;
        let Some(row) = row.filter(|row| row.village == village) else { return Ok(None) };
        let record = row.record().map_err(verger_app::AppError::from)?;
        let found = record.effects.into_iter().find_map(|effect| match effect {
            Effect::CreditOffered { borrower, decision, facts } if borrower == self.household => {
                Some((*decision, *facts))
            }
            _ => None,
        });
        Ok(found.filter(|(_, facts)| facts.today == today))
    }

    /// Draws what a question was answered with, by the member's own PIN, and keeps the share that was
    /// chosen beside it. What was possible a moment ago may be declined now: then it is asked again,
    /// so that each reason can be read.
    pub(super) async fn draw(
        &self,
        seat: &Seat,
        fields: &Fields,
        member: PartyId,
    ) -> Result<Drawn, Fault> {
        let (key, pin) = (fields.key()?, fields.needed("pin")?);
        let asked = u64::try_from(fields.whole("asked")?).unwrap_or(0);
        let answer = self.answer(seat, asked).await?;
        let (_, facts) = answer.ok_or_else(|| Fault::not_found("loan"))?;
        let wish = Wish {
            amount_minor: facts.amount_minor,
            enterprise: facts.enterprise.map(|row| row.name),
            purpose: facts.purpose,
            until: facts.until,
        };
        let tranche = TrancheId::from_bytes(seat.derived("tranche", key));
        let own = |command| Body::Credit { borrower: self.household, command };
        let body = |proof: Proof| {
            let draw = DrawWish { proof, tranche, wish: wish.clone() };
            own(CreditCommand::Draw(Box::new(draw)))
        };
        let next = |name| Key(CommandId::from_bytes(seat.derived(name, key)));
        let receipt = match seat.submit_with_pin(key, (member, pin), body).await {
            Ok(receipt) => receipt,
            Err(fault) if fault.is("declined") => {
                let asked = own(CreditCommand::Ask(wish));
                let receipt = seat.submit(next("asked again"), asked).await?;
                return Ok(Drawn::Declined(receipt.record.seq));
            }
            Err(fault) => return Err(fault),
        };
        if share_of(fields)?.is_some_and(|share| share != self.share_bps()) {
            self.choose_share(seat, next("share"), fields, member).await?;
        }
        Ok(Drawn::Made(Box::new(receipt)))
    }

    /// Keeps the share of its sales that repays, by the member's own PIN.
    pub(super) async fn choose_share(
        &self,
        seat: &Seat,
        key: Key,
        fields: &Fields,
        member: PartyId,
    ) -> Result<Receipt, Fault> {
        let pin = fields.needed("pin")?;
        let share_bps = share_of(fields)?.ok_or_else(|| Fault::field("share", "missing"))?;
        let body = |proof| {
            let command = CreditCommand::ChooseSweep { proof, share_bps };
            Body::Credit { borrower: self.household, command }
        };
        seat.submit_with_pin(key, (member, pin), body).await
    }
}

/// What came of a draw.
pub(super) enum Drawn {
    /// The money is in the wallet.
    Made(Box<Receipt>),
    /// It is not possible any more; the record with the reasons.
    Declined(u64),
}

/// Asks what a draw would cost. The question is a record of its own: what a borrower was told before
/// he agreed can be read again. Gives the part of the address that shows the answer.
pub(super) async fn ask(seat: &Seat, household: PartyId, fields: &Fields) -> Result<String, Fault> {
    let amount_minor = fields.money("sum", seat.place.currency)?;
    let days = u32::try_from(fields.whole("days")?).map_err(|_| Fault::field("days", "whole"))?;
    let purpose = fields.needed("purpose")?.to_owned();
    let named = fields.text("enterprise");
    let enterprise = (!named.is_empty()).then(|| named.to_owned());
    let wish = Wish { amount_minor, enterprise, purpose, until: Until::Days(days) };
    let body = Body::Credit { borrower: household, command: CreditCommand::Ask(wish) };
    let receipt = seat.submit(fields.key()?, body).await?;
    let share = share_of(fields)?.map(|share| format!("&share={share}")).unwrap_or_default();
    Ok(format!("asked={}{share}", receipt.record.seq))
}

fn share_of(fields: &Fields) -> Result<Option<u32>, Fault> {
    match fields.text("share") {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Fault::field("share", "whole")),
    }
}

/// Whether a sum that came by the address can be read at all.
pub(super) fn check_sum(seat: &Seat, sum: &str) -> Result<(), Fault> {
    let minor = minor_of(sum, seat.place.currency);
    minor.map(drop).ok_or_else(|| Fault::field("sum", "amount"))
}

/// The figures at the head of a page.
pub(super) struct Card {
    pub(super) free: String,
    pub(super) limit: String,
    /// Which of the three numbers it is; empty where nothing can be borrowed.
    pub(super) why: String,
    pub(super) owed: Option<String>,
    pub(super) wallet: String,
    /// What a day of all of it costs, in words.
    pub(super) a_day: Option<String>,
    pub(super) head: String,
    pub(super) numbers: Vec<(String, String, bool)>,
    pub(super) reasons: Vec<String>,
    pub(super) raises: Vec<(String, String)>,
}

/// A loan.
pub(super) struct LoanRow {
    pub(super) drawn: String,
    pub(super) drawn_on: String,
    /// When it is due, or when it ended.
    pub(super) due_on: String,
    pub(super) is_over: bool,
    pub(super) is_late: bool,
    pub(super) status: String,
    pub(super) payoff: String,
    pub(super) a_day: String,
    /// Until when it can be given back for nothing, in words.
    pub(super) give_back: Option<String>,
    /// What moved it, each with its record.
    pub(super) lines: Vec<(u64, String)>,
}

/// Paying back.
pub(super) struct Repay {
    /// As it stands in the field.
    pub(super) amount: String,
    pub(super) payoff: String,
    pub(super) is_whole: bool,
}

/// One of several to choose.
pub(super) struct Pick {
    pub(super) value: String,
    pub(super) label: String,
    pub(super) is_on: bool,
}

/// A small enterprise that a loan can be for.
pub(super) struct Venture {
    pub(super) title: String,
    pub(super) what: String,
    /// Where that begins, and what can be borrowed for it now.
    pub(super) link: Option<(String, String)>,
    /// Whether that is all that makes sense for it.
    pub(super) is_whole: bool,
}

/// What a household chooses before it is told the price.
pub(super) struct Choice {
    pub(super) sum: String,
    /// The small enterprise it is for: its name, its title, what it takes and brings.
    pub(super) enterprise: Option<(String, String, String)>,
    pub(super) purposes: Vec<Pick>,
    pub(super) terms: Vec<Pick>,
    pub(super) shares: Vec<Pick>,
}

/// What a draw would cost, or why it is not possible.
pub(super) struct Offer {
    /// The record of the question and its answer.
    pub(super) seq: u64,
    pub(super) sum: String,
    /// The part of an address that says which enterprise it is for, if any.
    pub(super) venture: String,
    pub(super) amount: String,
    /// What for, and for how long.
    pub(super) what: String,
    pub(super) figures: Vec<(String, String)>,
    pub(super) statement: Vec<String>,
    pub(super) share: String,
    pub(super) share_bps: u32,
    /// Each reason with what can be done about it.
    pub(super) reasons: Vec<(String, String)>,
    pub(super) is_granted: bool,
    /// A smaller sum that is possible now.
    pub(super) less: Option<(String, String)>,
}

/// The part of an address that says which enterprise a sum is for.
fn venture_tail(name: &str) -> String {
    format!("&venture={}", percent_encoded(name))
}

/// The three figures that people look for first.
fn figures(seat: &Seat, words: &Words<'_>, quote: &Quote) -> Vec<(String, String)> {
    let due = [("day", seat.lang.date(quote.due_on).into())];
    vec![
        (seat.lang.with("offer-payoff", &due), seat.money(quote.payoff_minor)),
        (seat.lang.t("offer-cost"), seat.money(quote.cost_minor)),
        (seat.lang.t("offer-a-day"), fine(seat, quote.cost_a_day_centi)),
        (seat.lang.t("offer-rate"), words.rate(quote)),
    ]
}

/// An amount as people type it.
pub(super) fn plain(seat: &Seat, minor: i64) -> String {
    Money::new(minor, seat.place.currency).to_string()
}

/// Hundredths of a minor unit as money with two more digits: a day of a small loan costs less than a
/// fen.
fn fine(seat: &Seat, centi: i64) -> String {
    let whole = seat.money(centi / 100);
    let part = centi % 100;
    if part == 0 {
        return whole;
    }
    // The two further digits stand behind the last one.
    let at = whole.rfind(|c: char| c.is_ascii_digit()).map_or(whole.len(), |at| at + 1);
    let (front, back) = whole.split_at(at);
    format!("{front}{part:02}{back}")
}

fn days_text(seat: &Seat, days: u32) -> String {
    seat.lang.with("me-days", &[("count", i64::from(days).into())])
}

fn share_text(seat: &Seat, bps: u32) -> String {
    let bps = i64::from(bps);
    match (bps, bps % 100) {
        (0, _) => seat.lang.t("me-share-none"),
        // Whole percents need no decimal.
        (_, 0) => seat.lang.percent(bps * 100).replace(".0", "").replace(",0", ""),
        _ => seat.lang.percent(bps * 100),
    }
}
