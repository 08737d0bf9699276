//! Rules of the market: who may do what with listings, orders, parcels, disputes, tills. Owns the
//! desk on which a decision is put together; the rules themselves are in the submodules, one for
//! each section of `docs/rules/market.md`.
#![expect(
    clippy::unnecessary_wraps,
    clippy::match_same_arms,
    clippy::single_match_else,
    reason = "the rules stand as tables: each row reads alike, also where it cannot refuse"
)]

mod agent;
mod cooperative;
mod credit;
mod dispute;
mod escrow;
mod group;
mod listing;
mod lot;
mod packing;
mod parcel;
mod pool;
mod preorder;
mod purchase;
pub(super) mod reads;
mod sale;
mod season;
mod till;
mod trip;
mod trust;

use std::collections::BTreeMap;

use super::{not_allowed, party_in};
use crate::command::{Actor, Body, Command, Evidence, EvidenceKind};
use crate::effect::{Effect, Timer, TimerKind};
use crate::id::{Id, Kind, OrderId, PartyId};
use crate::ledger::posting::check_from;
use crate::ledger::{Account, AccountId, AccountKey, Line};
use crate::market::command::OrderCommand;
use crate::market::listing::Photo;
use crate::market::{
    Listing, ListingEvent, Order, OrderEvent, Parcel, ParcelEvent, TEXT_CHARS_MAX,
};
use crate::party::{Module, Party, PartyKind};
use crate::policy::Policy;
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal, TillRefusal};
use crate::state::State;
use crate::time::{Instant, Now};

/// Decides every command of the market; a purchase that is packed has other rules than a sale.
pub(super) fn decide(state: &State, command: &Command, now: Now) -> Result<Vec<Effect>, Refusal> {
    if let Body::TimeOut { timer } = command.body {
        return decide_timer(state, command, timer, now);
    }
    let mut desk = Desk::new(state, command, now);
    match &command.body {
        Body::Certify { agent, certified, duty } => {
            agent::certify(&mut desk, *agent, certified, *duty)?;
        }
        Body::Listing { command, listing, version } => {
            listing::decide(&mut desk, *listing, *version, command)?;
        }
        Body::Order { command, order, version } => {
            if is_purchase(state, *order, command) {
                purchase::decide(&mut desk, *order, *version, command)?;
            } else {
                sale::decide(&mut desk, *order, *version, command)?;
            }
        }
        Body::Orders { command, orders } => purchase::decide_all(&mut desk, orders, command)?,
        Body::Parcel { command, parcel, version } => {
            parcel::decide(&mut desk, *parcel, *version, command)?;
        }
        Body::Trip { command, trip, version } => {
            trip::decide(&mut desk, *trip, *version, command)?;
        }
        Body::Dispute { command, dispute, version } => {
            dispute::decide(&mut desk, *dispute, *version, command)?;
        }
        Body::Group { command, group, version } => {
            group::decide(&mut desk, *group, *version, command)?;
        }
        Body::Lot { command, lot, version } => lot::decide(&mut desk, *lot, *version, command)?,
        Body::Pool { command, pool, version } => {
            pool::decide(&mut desk, *pool, *version, command)?;
        }
        Body::Season { command, season, version } => {
            season::decide(&mut desk, *season, *version, command)?;
        }
        Body::Preorder { command, preorder, version } => {
            preorder::decide(&mut desk, *preorder, *version, command)?;
        }
        Body::Cooperative { command, cooperative, version } => {
            cooperative::decide(&mut desk, *cooperative, *version, command)?;
        }
        Body::Vote { command, version, vote } => {
            cooperative::decide_vote(&mut desk, *vote, *version, command)?;
        }
        Body::Till { command, till, version } => {
            till::decide(&mut desk, *till, *version, command)?;
        }
        Body::ReceivePayment { .. } => escrow::receive(&mut desk, command)?,
        Body::RegisterPayer { party, payer } => agent::register_payer(&mut desk, *party, *payer)?,
        Body::SettleProcessor { fee_minor, gross_minor } => {
            escrow::settle(&mut desk, *fee_minor, *gross_minor)?;
        }
        Body::PayOut { payees } => escrow::pay_out(&mut desk, payees)?,
        Body::Trust { command } => trust::decide(&mut desk, command)?,
        Body::Credit { borrower, command } => credit::decide(&mut desk, *borrower, command)?,
        Body::Provide { target_minor } => credit::provide(&mut desk, *target_minor)?,
        _ => return Err(not_allowed(command)),
    }
    desk.finish()
}

/// Whether the rules of a purchase decide: for what sales do not know, and for packing one.
fn is_purchase(state: &State, order: OrderId, command: &OrderCommand) -> bool {
    match command {
        OrderCommand::Request { .. }
        | OrderCommand::Quote { .. }
        | OrderCommand::Decline
        | OrderCommand::SupplierAccept
        | OrderCommand::SupplierReject { .. } => true,
        OrderCommand::Pack { .. } => state.order.get(&order).is_some_and(|row| !sale::is_sale(row)),
        _ => false,
    }
}

/// Does what a timer is for. A timer may come late, meet a subject that has gone on, or one whose
/// rule says no: then it only goes away, and the subject shows as overdue to the people who look.
fn decide_timer(
    state: &State,
    command: &Command,
    timer: Timer,
    now: Now,
) -> Result<Vec<Effect>, Refusal> {
    if command.actor != Actor::Clock {
        return Err(not_allowed(command));
    }
    let is_known = state.timer.get(&timer).is_some_and(|village| *village == command.village);
    if !is_known || timer.due_at > now.at {
        return Ok(Vec::new());
    }
    let mut desk = Desk::new(state, command, now);
    desk.effects.push(Effect::TimerCleared(timer));
    desk.fired = Some(timer);
    let done = time_out(&mut desk, timer).and_then(|()| desk.finish());
    Ok(done.unwrap_or_else(|_| vec![Effect::TimerCleared(timer)]))
}

fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    match timer.kind {
        TimerKind::Listing => listing::time_out(desk, timer),
        TimerKind::Order => sale::time_out(desk, timer),
        TimerKind::Parcel => parcel::time_out(desk, timer),
        TimerKind::Dispute => dispute::time_out(desk, timer),
        TimerKind::Group => group::time_out(desk, timer),
        TimerKind::Pool => pool::time_out(desk, timer),
        TimerKind::Credit => credit::time_out(desk, timer),
        TimerKind::Season => season::time_out(desk, timer),
        TimerKind::Preorder => preorder::time_out(desk, timer),
        TimerKind::Vote => cooperative::time_out(desk, timer),
        TimerKind::ExpireHold => Ok(()),
    }
}

/// What one decision is put together on: the effects so far, and the money that moves with them.
/// All money of a command is one posting.
pub(super) struct Desk<'a> {
    pub(super) state: &'a State,
    pub(super) command: &'a Command,
    pub(super) now: Now,
    pub(super) effects: Vec<Effect>,
    lines: Vec<Line>,                      // They become one posting.
    opened: BTreeMap<AccountKey, Account>, // They open with their first use.
    purpose: &'static str,                 // The first word said stays.
    fired: Option<Timer>,                  // It is cleared already when its rule runs.
}

impl<'a> Desk<'a> {
    fn new(state: &'a State, command: &'a Command, now: Now) -> Self {
        let (effects, lines, opened) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { state, command, now, effects, lines, opened, purpose: "", fired: None }
    }

    /// The effects in the order in which they are applied: accounts, money, everything else.
    fn finish(self) -> Result<Vec<Effect>, Refusal> {
        let mut effects = Vec::with_capacity(self.effects.len().saturating_add(2));
        let mut after = BTreeMap::new();
        for (key, account) in self.opened {
            let (currency, label) = (account.currency, account.label.clone());
            effects.push(Effect::AccountOpened { account: key, currency, label });
            after.insert(key, account);
        }
        let lines: Vec<Line> = self.lines.into_iter().filter(|line| line.1 != 0).collect();
        if !lines.is_empty() {
            let legs = check_from(self.state, self.command.village, &lines, after)?;
            let (effective_on, purpose) = (self.now.today, self.purpose.to_owned());
            effects.push(Effect::Posted { effective_on, legs, purpose });
        }
        effects.extend(self.effects);
        Ok(effects)
    }

    pub(super) fn policy(&self) -> &'a Policy {
        self.state.policy(self.command.village)
    }

    /// The moment so many hours from now.
    fn in_hours(&self, hours: u32) -> Instant {
        self.now.at.plus_seconds(hours.saturating_mul(3_600))
    }

    /// The moment so many times 24 hours from now, not so many calendar days.
    fn in_days(&self, days: u32) -> Instant {
        self.in_hours(days.saturating_mul(24))
    }

    /// Says what the money of this command is for; the first word stays.
    fn purpose(&mut self, purpose: &'static str) {
        if self.purpose.is_empty() {
            self.purpose = purpose;
        }
    }

    /// Adds a debit of minor units to the one posting of this command; zero leaves no line.
    fn debit(&mut self, account: AccountKey, amount_minor: i64) {
        self.lines.push(Line::debit(account, amount_minor));
    }

    /// Adds a credit of minor units to the one posting of this command; zero leaves no line.
    fn credit(&mut self, account: AccountKey, amount_minor: i64) {
        self.lines.push(Line::credit(account, amount_minor));
    }

    fn account(&self, key: AccountKey) -> Option<&'a Account> {
        self.state.account.get(&AccountId { village: self.command.village, key })
    }

    /// What can be taken out of an account; nothing where there is none.
    fn available_minor(&self, key: AccountKey) -> i64 {
        self.account(key).map_or(0, Account::available_minor)
    }

    /// What this command has put into an account of people's money so far, less what it took.
    fn credited_minor(&self, key: AccountKey) -> i64 {
        let lines = self.lines.iter().filter(|line| line.0 == key);
        lines.fold(0, |sum: i64, line| sum.saturating_sub(line.1))
    }

    /// Opens an account of an order or a pool with its first use.
    fn open(&mut self, key: AccountKey, label: String) {
        if self.account(key).is_none() && !self.opened.contains_key(&key) {
            let currency = self.state.village(self.command.village).currency;
            let id = AccountId { village: self.command.village, key };
            self.opened.insert(key, Account::open(id, currency, label));
        }
    }

    /// The party with this id in the command's village.
    pub(super) fn party(&self, id: PartyId) -> Result<&'a Party, Refusal> {
        party_in(self.state, self.command, id)
    }

    /// The party with this id, if it is of the kind that the rule means.
    fn party_of_kind(&self, id: PartyId, kind: PartyKind) -> Result<&'a Party, Refusal> {
        let party = self.party(id)?;
        if party.kind == kind {
            return Ok(party);
        }
        Err(PartyRefusal::WrongKind { expected: kind, party: id }.into())
    }

    /// The person or firm that acts; the clock and the machine are none.
    pub(super) fn actor(&self) -> Result<&'a Party, Refusal> {
        match self.command.actor {
            Actor::Party(id) => self.party(id),
            Actor::Clock | Actor::System => Err(not_allowed(self.command)),
        }
    }

    fn actor_id(&self) -> Option<PartyId> {
        match self.command.actor {
            Actor::Party(id) => Some(id),
            Actor::Clock | Actor::System => None,
        }
    }

    fn is_actor(&self, kind: PartyKind) -> bool {
        self.actor().is_ok_and(|actor| actor.kind == kind)
    }

    /// The acting person of the operator's staff, or a refusal for anybody else.
    fn staff(&self) -> Result<&'a Party, Refusal> {
        let actor = self.actor()?;
        if actor.kind == PartyKind::Staff { Ok(actor) } else { Err(not_allowed(self.command)) }
    }

    /// The acting agent, if he passed the module and may serve.
    pub(super) fn agent(&self, module: Module) -> Result<&'a Party, Refusal> {
        let agent = self.actor()?;
        if agent.kind != PartyKind::Agent {
            return Err(not_allowed(self.command));
        }
        if !agent.certified.contains(&module) {
            return Err(TillRefusal::NeedsModule { module }.into());
        }
        if agent.duty.is_suspended {
            return Err(MarketRefusal::AgentSuspended.into());
        }
        Ok(agent)
    }

    /// The acting agent with the module, or whoever else the rule allows.
    fn agent_or(&self, module: Module, is_other: bool) -> Result<(), Refusal> {
        if is_other { Ok(()) } else { self.agent(module).map(drop) }
    }

    /// Whether the actor is this household or one of its members.
    fn is_household(&self, household: PartyId) -> bool {
        self.actor().is_ok_and(|actor| is_of(actor, household))
    }

    /// Refuses an agent on probation above the limit of the policy.
    fn check_probation(&self, agent: &Party, amount_minor: i64, max: i64) -> Result<(), Refusal> {
        let is_new = agent.duty.probation_until.is_some_and(|until| self.now.today <= until);
        if is_new && amount_minor > max {
            return Err(MarketRefusal::ProbationLimit { max_minor: max }.into());
        }
        Ok(())
    }

    /// The order with this id, if the actor may know of it.
    fn order(&self, id: OrderId) -> Result<&'a Order, Refusal> {
        let known = self.state.order.get(&id).filter(|row| row.village == self.command.village);
        let order = known.ok_or_else(|| unknown(id))?;
        if self.may_know(order) { Ok(order) } else { Err(unknown(id)) }
    }

    // People of the village platform know every order, others only their own.
    // An order of others is not even there for them: who buys what is nobody's business (M-2).
    fn may_know(&self, order: &Order) -> bool {
        let Ok(actor) = self.actor() else { return true };
        match actor.kind {
            PartyKind::Agent
            | PartyKind::Staff
            | PartyKind::Cooperative
            | PartyKind::Shop
            | PartyKind::Carrier => true,
            PartyKind::Buyer | PartyKind::Household | PartyKind::Member | PartyKind::Supplier => {
                is_of(actor, order.buyer) || order.lines.iter().any(|l| is_of(actor, l.seller))
            }
        }
    }

    /// Whether the actor sells a line of the order, by himself or through his household.
    fn is_seller(&self, order: &Order) -> bool {
        self.actor().is_ok_and(|actor| order.lines.iter().any(|line| is_of(actor, line.seller)))
    }

    /// Writes an event of an order and shows it in the given row.
    fn tell_order(&mut self, order: &mut Order, event: OrderEvent) {
        let before = order.due_at;
        order.apply(&event, self.now.at);
        self.effects.push(Effect::Order { event, order: order.id });
        self.retime(TimerKind::Order, order.id.bits(), before, order.due_at);
    }

    /// Writes an event of a parcel and shows it in the given row.
    fn tell_parcel(&mut self, parcel: &mut Parcel, event: ParcelEvent) {
        let before = parcel.due_at;
        parcel.apply(&event, self.now.at);
        self.effects.push(Effect::Parcel { event, parcel: parcel.id });
        self.retime(TimerKind::Parcel, parcel.id.bits(), before, parcel.due_at);
    }

    /// Writes an event of a listing and shows it in the given row.
    fn tell_listing(&mut self, listing: &mut Listing, event: ListingEvent) {
        let before = listing.due_at;
        listing.apply(&event);
        self.effects.push(Effect::Listing { event, listing: listing.id });
        self.retime(TimerKind::Listing, listing.id.bits(), before, listing.due_at);
    }

    /// Moves the timer of a subject, of which there is one at a time.
    fn retime(
        &mut self,
        kind: TimerKind,
        subject: u128,
        before: Option<Instant>,
        after: Option<Instant>,
    ) {
        if before == after {
            return;
        }
        let timer = |due_at| Timer { due_at, kind, subject };
        if let Some(old) = before.map(timer)
            && self.fired != Some(old)
        {
            // Set and moved on by the same command: it was never there.
            let set = Effect::TimerSet(old);
            if let Some(index) = self.effects.iter().position(|effect| *effect == set) {
                self.effects.remove(index);
            } else {
                self.effects.push(Effect::TimerCleared(old));
            }
        }
        if let Some(new) = after.map(timer) {
            self.effects.push(Effect::TimerSet(new));
        }
    }

    /// Writes a fact about a party, unless both sides are one household.
    fn fact(
        &mut self,
        (kind, good): (EvidenceKind, bool),
        member: PartyId,
        counterparty: PartyId,
        (order, value_minor): (Option<OrderId>, i64),
    ) {
        if member == counterparty {
            return;
        }
        self.effects.push(Effect::EvidenceWritten(Evidence {
            counterparty,
            good,
            is_counter: false,
            kind,
            member,
            order,
            value_minor,
        }));
    }

    /// Takes pictures as proof: each serves once, for ever.
    fn use_photos(&mut self, photos: &[Photo]) -> Result<(), Refusal> {
        for (index, photo) in photos.iter().enumerate() {
            let is_twice = photos.iter().take(index).any(|before| before == photo);
            if is_twice || self.state.photo.get(&(self.command.village, *photo)).is_some() {
                return Err(MarketRefusal::PhotoReused { photo: *photo }.into());
            }
            self.effects.push(Effect::PhotoUsed(*photo));
        }
        Ok(())
    }
}

/// Whether a party is this household, one of its members, or an agent who lives in it.
fn is_of(party: &Party, household: PartyId) -> bool {
    party.id == household || party.household == Some(household)
}

/// The same answer for what is not there and for what the actor may not know of (M-2).
fn unknown<K: Kind>(id: Id<K>) -> Refusal {
    MarketRefusal::SubjectUnknown { subject: id.to_string() }.into()
}

/// An id is used once: a second subject under it would take over the history of the first.
fn exists<K: Kind>(id: Id<K>) -> Refusal {
    MarketRefusal::SubjectExists { subject: id.to_string() }.into()
}

/// Refuses when the subject has changed since it was seen.
fn check_version(current: u32, seen: Option<u32>) -> Result<(), Refusal> {
    match seen.filter(|seen| *seen != current) {
        Some(_) => Err(MarketRefusal::Stale { version: current }.into()),
        None => Ok(()),
    }
}

/// Says what can be done instead, because a refusal without a way on helps nobody (M-2).
fn illegal(phase: &str, allowed: &[&str]) -> Refusal {
    let allowed = allowed.iter().map(|name| (*name).to_owned()).collect();
    MarketRefusal::IllegalTransition { allowed, phase: phase.to_owned() }.into()
}

/// Refuses a number outside of the bounds, both included, and names the field to be corrected.
fn check_range(field: &str, number: i64, min: i64, max: i64) -> Result<(), Refusal> {
    if (min..=max).contains(&number) {
        return Ok(());
    }
    Err(MarketRefusal::OutOfRangeNumber { field: field.to_owned(), max, min }.into())
}

/// Refuses an empty list, and one that is longer than allowed.
fn check_count(field: &str, count: usize, max: usize) -> Result<(), Refusal> {
    if (1..=max).contains(&count) {
        return Ok(());
    }
    Err(MarketRefusal::ListLength { field: field.to_owned(), max }.into())
}

/// Refuses a text without a word in it, and one that is longer than allowed.
fn check_text(field: &str, text: &str) -> Result<(), Refusal> {
    let count = text.chars().count();
    if !text.trim().is_empty() && count <= TEXT_CHARS_MAX {
        return Ok(());
    }
    let (field, max) = (field.to_owned(), TEXT_CHARS_MAX);
    Err(MarketRefusal::TextLength { field, max }.into())
}
