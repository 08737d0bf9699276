//! My credit: what I may borrow and what a day costs, what I owe, borrowing with my own PIN, paying
//! back now. Owns the forms; whether and at what price is the domain's to say.

use askama::Template;
use axum::http::header;
use axum::response::{Html, IntoResponse, Response};
use verger_app::Receipt;
use verger_domain::credit::command::{DrawWish, RepayFrom, Wish};
use verger_domain::credit::decision::Decision;
use verger_domain::credit::quote::{Quote, Until, due_on};
use verger_domain::credit::{Borrower, CreditCommand, Line, Terms, Tranche};
use verger_domain::id::{CommandKind, TrancheId};
use verger_domain::ledger::{AccountId, AccountKey, Code};
use verger_domain::money::Money;
use verger_domain::policy::CreditPolicy;
use verger_domain::{Body, Effect, Proof};

use super::{Home, ask};
use crate::fault::Fault;
use crate::form::Fields;
use crate::page::{Alert, Frame, html};
use crate::session::{Seat, see};

/// Sums that are offered as one touch, in steps of the programme.
const CHIPS: [i64; 5] = [20, 50, 100, 200, 500];
/// Terms that are offered, in days; those that the programme allows.
const TERMS: [u32; 4] = [30, 60, 90, 180];
/// Shares of sales that are offered, in basis points; those that the programme allows.
const SHARES: [u32; 4] = [0, 2_000, 3_000, 5_000];

#[derive(Template)]
#[template(path = "villager/credit.html")]
struct CreditPage {
    f: Frame,
    css: &'static str,
    village: u32,
    limit: String,
    free: String,
    owed: String,
    wallet: String,
    loans: Vec<LoanRow>,
    repay: Option<Repay>,
    chips: Vec<(i64, String)>,
    purposes: Vec<(String, String)>,
    terms: Vec<(u32, String)>,
    shares: Vec<(u32, String, bool)>,
    notices: Vec<String>,
    offer: Option<Offer>,
    alert: Option<Alert>,
    app: verger_app::App,
}

impl CreditPage {
    /// A key for one form: each is a wish of its own.
    fn new_key(&self) -> String {
        self.app.new_id::<CommandKind>().to_string()
    }
}

/// A loan that is not over.
struct LoanRow {
    drawn: String,
    drawn_on: String,
    due_on: String,
    is_late: bool,
    status: String,
    payoff: String,
    a_day: String,
}

/// Paying back from the wallet.
struct Repay {
    /// As it stands in the field.
    amount: String,
    payoff: String,
    is_whole: bool,
}

/// What a draw would cost, or why it is not possible.
struct Offer {
    amount_minor: i64,
    amount: String,
    purpose: String,
    days: u32,
    statement: Vec<String>,
    reasons: Vec<(String, String)>,
    is_granted: bool,
}

/// What the page reads.
struct Facts {
    borrower: Option<Borrower>,
    wallet_minor: i64,
    limit_minor: i64,
    policy: CreditPolicy,
}

async fn facts(seat: &Seat, home: Home) -> Result<Facts, Fault> {
    let now = seat.app().now().at;
    let (account, policy) = ask(seat, home, move |reader, cell, home| {
        let key = AccountKey::party(Code::WALLET, home.household);
        let account = reader.account_at(cell, AccountId { village: home.village, key }, now)?;
        let version = reader.village(cell, home.village)?.map_or(0, |row| row.policy_version);
        Ok((account, reader.policy(cell, home.village, version)?))
    })
    .await?;
    let wallet_minor = account.map_or(0, |account| {
        let balance = account.balance_minor().saturating_neg();
        balance.saturating_sub(account.debits_pending)
    });
    let borrower = seat.app().borrower(home.village, seat.party, home.household).await?;
    let trust = seat.app().trust(home.village, home.household).await?;
    let policy = policy.map_or_else(|| seat.app().policy().credit.clone(), |policy| policy.credit);
    let limit_minor = trust.explanation.limit.limit_minor;
    Ok(Facts { borrower, wallet_minor, limit_minor, policy })
}

/// What a household may borrow and what it owes, for its first page.
pub(super) struct Standing {
    pub(super) free_minor: i64,
    pub(super) owed_minor: i64,
    a_day_centi: i64,
}

impl Standing {
    pub(super) async fn of(seat: &Seat, home: Home) -> Result<Self, Fault> {
        let facts = facts(seat, home).await?;
        let today = seat.app().now().today;
        let line = facts.borrower.as_ref().map(|row| row.line_on(today));
        let owed_minor = line.as_ref().map_or(0, Line::payoff_minor);
        let free_minor = facts.free_minor(line.as_ref());
        let due_on = due_on(&facts.policy, today, Until::Days(facts.policy.term_days_max));
        let due_on = due_on.unwrap_or_else(|nearest| nearest);
        let quote = Quote::of(free_minor, (today, due_on), Terms::of(&facts.policy));
        Ok(Self { free_minor, owed_minor, a_day_centi: quote.cost_a_day_centi })
    }

    /// What a day of the whole sum costs, in words; nothing where nothing can be borrowed.
    pub(super) fn a_day(&self, seat: &Seat) -> Option<String> {
        let cost = fine(seat, self.a_day_centi);
        (self.free_minor > 0).then(|| seat.lang.with("me-a-day-lead", &[("cost", cost.into())]))
    }
}

impl Facts {
    /// What is left to borrow, in whole steps.
    fn free_minor(&self, line: Option<&Line>) -> i64 {
        let step = self.policy.draw_step_minor.max(1);
        let principal = line.map_or(0, Line::principal_minor);
        self.limit_minor.saturating_sub(principal).max(0) / step * step
    }
}

/// `GET /{lang}/me/credit`
pub(super) async fn show(seat: Seat) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    page(&seat, home, None, None).await
}

async fn page(
    seat: &Seat,
    home: Home,
    offer: Option<Offer>,
    alert: Option<Alert>,
) -> Result<Response, Fault> {
    let facts = facts(seat, home).await?;
    let today = seat.app().now().today;
    let line = facts.borrower.as_ref().map(|row| row.line_on(today));
    let owed = line.as_ref().map_or(0, Line::payoff_minor);
    let (step, free) = (facts.policy.draw_step_minor.max(1), facts.free_minor(line.as_ref()));
    let open = line.as_ref().map(|line| line.open()).unwrap_or_default();
    let lang = seat.lang;
    let words = seat.web.words(lang);
    let notices = facts.borrower.as_ref().map(|row| row.notices.as_slice()).unwrap_or_default();
    let page = html(&CreditPage {
        f: Frame::seated(seat, "me-credit", "me/credit"),
        css: super::super::store::STYLE,
        village: home.village.number(),
        limit: seat.money(facts.limit_minor),
        free: seat.money(free),
        owed: seat.money(owed),
        wallet: seat.money(facts.wallet_minor),
        loans: open.iter().map(|row| loan_row(seat, row)).collect(),
        repay: repay(seat, owed, facts.wallet_minor),
        chips: chips(seat, step, free),
        purposes: facts.policy.purposes.iter().map(|name| purpose(seat, name)).collect(),
        terms: terms(seat, &facts.policy),
        shares: shares(seat, &facts),
        notices: notices.iter().rev().take(3).map(|notice| words.notice(notice)).collect(),
        offer,
        alert,
        app: seat.app().clone(),
    })?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

fn loan_row(seat: &Seat, row: &Tranche) -> LoanRow {
    let today = seat.app().now().today;
    // What tomorrow costs on what is owed today.
    let a_day = Quote::of(row.principal_minor, (today, row.due_on.max(today)), row.terms);
    let status = format!("loan-{}", row.status().name().replace('_', "-"));
    LoanRow {
        drawn: seat.money(row.drawn_minor),
        drawn_on: seat.lang.date(row.drawn_on),
        due_on: seat.lang.date(row.due_on),
        is_late: row.days_past_due(today) > 0,
        status: seat.lang.t(&status),
        payoff: seat.money(row.payoff_minor()),
        a_day: fine(seat, a_day.cost_a_day_centi),
    }
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

fn repay(seat: &Seat, owed_minor: i64, wallet_minor: i64) -> Option<Repay> {
    let amount_minor = owed_minor.min(wallet_minor);
    (amount_minor > 0).then(|| Repay {
        amount: Money::new(amount_minor, seat.place.currency).to_string(),
        payoff: seat.money(owed_minor),
        is_whole: amount_minor == owed_minor,
    })
}

/// Sums to touch: round ones below what is free, and all of it.
fn chips(seat: &Seat, step: i64, free: i64) -> Vec<(i64, String)> {
    let round = CHIPS.into_iter().map(|steps| steps.saturating_mul(step));
    let mut sums: Vec<i64> = round.filter(|minor| *minor < free).collect();
    if free > 0 {
        sums.push(free);
    }
    sums.into_iter().map(|minor| (minor, seat.money(minor))).collect()
}

fn purpose(seat: &Seat, name: &str) -> (String, String) {
    let key = format!("purpose-{}", name.replace([' ', '_'], "-"));
    let label = if seat.lang.has(&key) { seat.lang.t(&key) } else { name.to_owned() };
    (name.to_owned(), label)
}

fn terms(seat: &Seat, policy: &CreditPolicy) -> Vec<(u32, String)> {
    let allowed = policy.term_days_min..=policy.term_days_max;
    let terms = TERMS.into_iter().filter(|days| allowed.contains(days));
    terms.map(|days| (days, days_text(seat, days))).collect()
}

fn days_text(seat: &Seat, days: u32) -> String {
    seat.lang.with("me-days", &[("count", i64::from(days).into())])
}

fn shares(seat: &Seat, facts: &Facts) -> Vec<(u32, String, bool)> {
    let chosen = facts.borrower.as_ref().map_or(0, |row| row.sweep_share_bps);
    let allowed = |share: &u32| *share <= facts.policy.sweep_share_bps_max;
    let share = |bps: u32| (bps, seat.lang.percent(i64::from(bps) * 100), bps == chosen);
    SHARES.into_iter().filter(allowed).map(share).collect()
}

/// `POST /{lang}/me/credit`: by the button `do`.
pub(super) async fn act(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let home = Home::of(&seat).await?;
    let done = match fields.text("do") {
        "draw" => draw(&seat, home, &fields).await,
        "repay" => repaid(&seat, home, &fields).await,
        "share" => share(&seat, home, &fields).await,
        // A touch on a sum sends no other button.
        _ => match offer(&seat, home, &fields).await {
            Ok(offer) => return page(&seat, home, Some(offer), None).await,
            Err(fault) => Err(fault),
        },
    };
    match done {
        Ok(()) => Ok(see(&seat.to("me/credit"))),
        Err(fault) if fault.status.is_client_error() => {
            let alert = Alert::new(&seat.web, seat.lang, &fault);
            let mut response = page(&seat, home, None, Some(alert)).await?;
            *response.status_mut() = fault.status;
            Ok(response)
        }
        Err(fault) => Err(fault),
    }
}

fn wish(fields: &Fields) -> Result<(Wish, u32), Fault> {
    let amount_minor = fields.whole("amount")?;
    let days = u32::try_from(fields.whole("days")?).map_err(|_| Fault::field("days", "whole"))?;
    let purpose = fields.needed("purpose")?.to_owned();
    Ok((Wish { amount_minor, purpose, until: Until::Days(days) }, days))
}

/// Asks what a draw would cost. The question is a record of its own: what a borrower was told before
/// he agreed can be read again.
async fn offer(seat: &Seat, home: Home, fields: &Fields) -> Result<Offer, Fault> {
    let (wish, days) = wish(fields)?;
    let (amount_minor, purpose) = (wish.amount_minor, wish.purpose.clone());
    let body = Body::Credit { borrower: home.household, command: CreditCommand::Ask(wish) };
    let receipt = seat.submit(fields.key()?, body).await?;
    let decision = decision_of(&receipt).ok_or_else(|| Fault::not_found("loan"))?;
    let words = seat.web.words(seat.lang);
    let hours = seat.web.cooling_off_hours();
    let statement = decision.quote.as_ref().map(|quote| words.statement(quote, hours));
    let reason = |reason| (words.reason(reason), words.step(reason.next.as_ref()));
    Ok(Offer {
        amount_minor,
        amount: seat.money(amount_minor),
        purpose,
        days,
        statement: statement.filter(|_| decision.is_granted).unwrap_or_default(),
        reasons: decision.reasons.iter().map(reason).collect(),
        is_granted: decision.is_granted,
    })
}

fn decision_of(receipt: &Receipt) -> Option<&Decision> {
    receipt.record.effects.iter().find_map(|effect| match effect {
        Effect::CreditOffered { decision, .. } => Some(&**decision),
        _ => None,
    })
}

async fn draw(seat: &Seat, home: Home, fields: &Fields) -> Result<(), Fault> {
    let (key, (wish, _)) = (fields.key()?, wish(fields)?);
    let pin = fields.needed("pin")?;
    let tranche = TrancheId::from_bytes(seat.derived("tranche", key));
    let body = |proof: Proof| {
        let draw = DrawWish { proof, tranche, wish: wish.clone() };
        let command = CreditCommand::Draw(Box::new(draw));
        Body::Credit { borrower: home.household, command }
    };
    seat.submit_with_pin(key, (seat.party, pin), body).await.map(drop)
}

async fn repaid(seat: &Seat, home: Home, fields: &Fields) -> Result<(), Fault> {
    let amount_minor = fields.money("amount", seat.place.currency)?;
    let pin = fields.needed("pin")?;
    let body = |proof| {
        let from = RepayFrom::Wallet(proof);
        let command =
            CreditCommand::Repay { amount_minor, effective_on: None, from, tranche: None };
        Body::Credit { borrower: home.household, command }
    };
    seat.submit_with_pin(fields.key()?, (seat.party, pin), body).await.map(drop)
}

async fn share(seat: &Seat, home: Home, fields: &Fields) -> Result<(), Fault> {
    let share = u32::try_from(fields.whole("share")?);
    let share_bps = share.map_err(|_| Fault::field("share", "whole"))?;
    let pin = fields.needed("pin")?;
    let body = |proof| {
        let command = CreditCommand::ChooseSweep { proof, share_bps };
        Body::Credit { borrower: home.household, command }
    };
    seat.submit_with_pin(fields.key()?, (seat.party, pin), body).await.map(drop)
}
