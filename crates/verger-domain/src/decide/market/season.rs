//! Rules of season windows: one at a time of a variety, promises by the household's own word, boxes
//! ordered ahead only as far as promises back them, a delay announced once to all. Source:
//! `30-market` 2.10 and section 6, rules C-1 to C-9.

use std::collections::BTreeMap;

use super::{
    Desk, check_count, check_range, check_text, check_version, exists, illegal, not_allowed,
    unknown,
};
use crate::command::{EvidenceKind, Proof};
use crate::effect::{Effect, Message, Timer, TimerKind};
use crate::id::{PartyId, SeasonId};
use crate::market::command::SeasonCommand as C;
use crate::market::group::Tier;
use crate::market::lot::Grade;
use crate::market::season::Presale;
use crate::market::{SeasonEvent, SeasonPhase as P, SeasonWindow};
use crate::party::{CodeOf, Module, PartyKind};
use crate::refusal::{MarketRefusal, Refusal};
use crate::state::cooperative::season_code;
use crate::time::{Date, Instant};

/// The most a household promises for one day, in grams.
const PROMISE_G_MAX: i64 = 50_000_000;

/// The longest window, in days.
const DAYS_MAX: i64 = 120;

/// The dearest kilogram, in minor units.
const PRICE_MAX: i64 = 1_000_000;

/// What can be asked of a window where it is.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Open | P::Fixed => &["promise", "note_price", "delay", "forgive", "cancel"],
        P::Over | P::Cancelled => &[],
    }
}

pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: SeasonId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Open { .. } = command {
        return open(desk, id, command);
    }
    let mut row = season(desk, id)?;
    check_actor(desk, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("season.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Open { .. } => Ok(()),
        C::Promise { days, household, proof } => {
            promise(desk, row, *household, (days, proof.as_ref()))
        }
        C::NotePrice { day, grade, minor_per_kg } => {
            note_price(desk, row, (*day, *grade, *minor_per_kg))
        }
        C::Delay { days, reason } => delay(desk, row, *days, reason),
        C::Forgive { reason } => {
            check_text("reason", reason)?;
            tell(desk, &mut row, SeasonEvent::Forgiven { reason: reason.clone() });
            Ok(())
        }
        C::Cancel { reason } => {
            check_text("reason", reason)?;
            tell(desk, &mut row, SeasonEvent::Cancelled { reason: reason.clone() });
            Ok(())
        }
    }
}

/// The window with this id in the command's village.
pub(super) fn season(desk: &Desk<'_>, id: SeasonId) -> Result<SeasonWindow, Refusal> {
    let known = desk.state.season.get(&id).filter(|row| row.village == desk.command.village);
    known.cloned().ok_or_else(|| unknown(id))
}

fn tell(desk: &mut Desk<'_>, row: &mut SeasonWindow, event: SeasonEvent) {
    let before = row.due_at;
    row.apply(&event, desk.now.at);
    desk.effects.push(Effect::Season { event, season: row.id });
    desk.retime(TimerKind::Season, row.id.bits(), before, row.due_at);
}

// The cooperative plans; whoever serves the shop hears what the trader pays; promises are checked by
// whose they are.
fn check_actor(desk: &Desk<'_>, command: &C) -> Result<(), Refusal> {
    let kind = desk.actor()?.kind;
    let is_over = matches!(kind, PartyKind::Cooperative | PartyKind::Staff);
    match command {
        C::Promise { household, .. } => {
            let is_own = desk.is_household(*household) && kind != PartyKind::Agent;
            desk.agent_or(Module::M4, is_own)
        }
        C::NotePrice { .. } => desk.agent_or(Module::M5, is_over),
        _ if is_over => Ok(()),
        _ => Err(not_allowed(desk.command)),
    }
}

/// The first moment after a day, by this day's offset.
fn end_of(desk: &Desk<'_>, day: Date) -> Instant {
    let days = u32::try_from(day.days_since(desk.now.today)).unwrap_or(0);
    desk.in_days(days.saturating_add(1))
}

fn open(desk: &mut Desk<'_>, id: SeasonId, command: &C) -> Result<(), Refusal> {
    let C::Open { from, presale, to, variety } = command else {
        return Err(not_allowed(desk.command));
    };
    let actor = desk.actor()?;
    if actor.kind != PartyKind::Cooperative {
        return Err(not_allowed(desk.command));
    }
    let cooperative = actor.id;
    if desk.state.season.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    check_text("variety", variety)?;
    check_range("days", i64::from(to.days_since(*from)), 0, DAYS_MAX)?;
    if *to < desk.now.today {
        return Err(MarketRefusal::DueInPast { due_on: *to, today: desk.now.today }.into());
    }
    check_former(desk, variety)?;
    if let Some(presale) = presale {
        check_presale(desk, presale, *to)?;
    }
    let closes_on = presale.as_ref().map_or(*to, |presale| presale.closes_on);
    let row = SeasonWindow {
        cooperative,
        delays: Vec::new(),
        due_at: Some(end_of(desk, closes_on)),
        from: *from,
        id,
        is_forgiven: false,
        phase: if presale.is_some() { P::Open } else { P::Fixed },
        preordered: 0,
        presale: presale.clone(),
        price_minor: None,
        promises: BTreeMap::new(),
        to: *to,
        trader: BTreeMap::new(),
        variety: variety.clone(),
        version: 0,
        village: desk.command.village,
    };
    desk.retime(TimerKind::Season, id.bits(), None, row.due_at);
    desk.effects.push(Effect::Season { event: SeasonEvent::Opened(Box::new(row)), season: id });
    Ok(())
}

/// Two windows of one variety at a time would leave a lot between them.
fn check_former(desk: &Desk<'_>, variety: &str) -> Result<(), Refusal> {
    let Some(code) = season_code(variety) else { return Ok(()) };
    let key = (desk.command.village, CodeOf::Season, code);
    let former = desk.state.code.get(&key).map(|bits| SeasonId::from_bits(*bits));
    let former = former.and_then(|id| desk.state.season.get(&id));
    match former.filter(|row| matches!(row.phase, P::Open | P::Fixed)) {
        Some(row) => Err(MarketRefusal::SeasonRunning { season: row.id }.into()),
        None => Ok(()),
    }
}

fn check_presale(desk: &Desk<'_>, presale: &Presale, to: Date) -> Result<(), Refusal> {
    let good = super::listing::listing(desk, presale.listing)?;
    desk.party_of_kind(good.text.seller, PartyKind::Cooperative)?;
    check_range("cap_bps", i64::from(presale.cap_bps), 1, 10_000)?;
    check_range("weight_g", presale.weight_g, 1, good.text.weight_g.max(1))?;
    check_range("price_minor", presale.price_minor, 1, desk.policy().ledger.amount_minor_max)?;
    if presale.closes_on < desk.now.today || presale.closes_on > to {
        let (due_on, today) = (presale.closes_on, desk.now.today);
        return Err(MarketRefusal::DueInPast { due_on, today }.into());
    }
    check_count("tiers", presale.tiers.len().saturating_add(1), 9)?;
    let mut before = Tier { from_quantity: 1, price_minor: presale.price_minor };
    for tier in &presale.tiers {
        let least = i64::from(before.from_quantity).saturating_add(1);
        check_range("from_quantity", i64::from(tier.from_quantity), least, 1_000_000)?;
        check_range("price_minor", tier.price_minor, 1, before.price_minor.saturating_sub(1))?;
        before = *tier;
    }
    Ok(())
}

// A promise binds, so it is the household's own word: nobody else's device is enough. It may be
// changed until the day it is for, for illness and rain must be told in time.
fn promise(
    desk: &mut Desk<'_>,
    mut row: SeasonWindow,
    household: PartyId,
    (days, proof): (&BTreeMap<Date, i64>, Option<&Proof>),
) -> Result<(), Refusal> {
    desk.party_of_kind(household, PartyKind::Household)?;
    check_count("days", days.len(), 64)?;
    for (day, grams) in days {
        check_range("grams", *grams, 0, PROMISE_G_MAX)?;
        if !row.contains(*day) || *day < desk.now.today {
            let (due_on, today) = (*day, desk.now.today);
            return Err(MarketRefusal::DueInPast { due_on, today }.into());
        }
    }
    if desk.is_actor(PartyKind::Agent) {
        let proof = proof.ok_or(crate::refusal::TillRefusal::ProofNotTheirs)?;
        super::purchase::prove(desk, household, proof)?;
    }
    tell(desk, &mut row, SeasonEvent::Promised { days: days.clone(), household });
    Ok(())
}

fn note_price(
    desk: &mut Desk<'_>,
    mut row: SeasonWindow,
    (day, grade, minor_per_kg): (Date, Grade, i64),
) -> Result<(), Refusal> {
    check_range("minor_per_kg", minor_per_kg, 0, PRICE_MAX)?;
    let age = desk.now.today.days_since(day);
    check_range("day", i64::from(age), 0, 7)?;
    tell(desk, &mut row, SeasonEvent::TraderPriced { day, grade, minor_per_kg });
    Ok(())
}

// One command, one message: whoever promised or ordered ahead hears of it once.
fn delay(
    desk: &mut Desk<'_>,
    mut row: SeasonWindow,
    days: u32,
    reason: &str,
) -> Result<(), Refusal> {
    check_text("reason", reason)?;
    check_range("days", i64::from(days), 1, 60)?;
    let to = row.to.plus_days(days).unwrap_or(row.to);
    // Ordering ahead ends when it was said; only the end of picking moves.
    let due_at = if row.phase == P::Fixed { Some(end_of(desk, to)) } else { row.due_at };
    tell(desk, &mut row, SeasonEvent::Delayed { days, due_at, reason: reason.to_owned() });
    let (from, reason, season) = (row.from, reason.to_owned(), row.id);
    let news = Message::SeasonDelayed { days, from, reason, season };
    desk.effects.push(Effect::MessageQueued(news));
    Ok(())
}

/// Ordering ahead is over and the price is known, or the window is over and every promise is looked
/// at.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let mut row = season(desk, SeasonId::from_bits(timer.subject))?;
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    match row.phase {
        P::Open => {
            let price_minor = row.presale.as_ref().map(|presale| presale.price_at(row.preordered));
            let due_at = end_of(desk, row.to);
            tell(desk, &mut row, SeasonEvent::Fixed { due_at, price_minor });
        }
        P::Fixed => {
            tell(desk, &mut row, SeasonEvent::Ended);
            look_at_promises(desk, &row);
        }
        P::Over | P::Cancelled => {}
    }
    Ok(())
}

/// Over the whole window, so that a day's rain is no mark: what each brought against what he said.
fn look_at_promises(desk: &mut Desk<'_>, row: &SeasonWindow) {
    let bps = desk.policy().cooperative.promise_tolerance_bps;
    let promised = row.promises.iter().filter(|(_, promise)| promise.promised_g() > 0);
    for (household, promise) in promised {
        let is_kept = promise.is_kept(bps);
        if is_kept || !row.is_forgiven {
            let kind = (EvidenceKind::Promise, is_kept);
            desk.fact(kind, *household, row.cooperative, (None, 0));
        }
    }
}
