//! Rules of listings: written by one, approved by another, sold from a counted stock. Source:
//! `30-market` 2.1.

use super::{
    Desk, check_count, check_range, check_text, check_version, exists, illegal, is_of, unknown,
};
use crate::command::EvidenceKind;
use crate::effect::Timer;
use crate::id::ListingId;
use crate::ledger::AccountKey;
use crate::market::command::ListingCommand as C;
use crate::market::listing::{ListingText, Stock};
use crate::market::{Listing, ListingEvent, ListingPhase as P};
use crate::party::{CodeOf, Module, Party, PartyKind, ShortCode};
use crate::refusal::{MarketRefusal, PartyRefusal, Refusal};

/// The heaviest and dearest thing of a catalogue: a hundred tonnes in grams, a million in fen.
const NUMBER_MAX: i64 = 100_000_000;

/// The most pieces a stock can hold.
const STOCK_MAX: i64 = 100_000_000;

/// What can be asked of a listing in each phase.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Draft => &["edit", "submit", "price", "stock"],
        P::Review => &["edit", "approve", "reject"], // A second person decides (M-10).
        P::Live => &["edit", "pause", "price", "stock", "end", "take_down"],
        P::Paused => &["edit", "resume", "price", "stock", "end", "take_down"],
        P::Ended => &[],
        P::TakenDown => &["appeal", "judge_appeal"], // The owner may appeal (M-14).
    }
}

/// Decides a command about one listing. It moves no money.
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: ListingId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Draft { code, price_minor, stock, text } = command {
        return draft(desk, id, (code, *price_minor, *stock), text);
    }
    let mut row = listing(desk, id)?.clone();
    check_actor(desk, &row, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("listing.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Draft { .. } => Ok(()),
        C::Edit { text } => {
            check_text_of(desk, text)?;
            // Orders carry what they were promised; what the pieces are may change only for later.
            desk.tell_listing(&mut row, ListingEvent::Edited(text.clone()));
            Ok(())
        }
        C::Submit => {
            check_complete(&row.text)?;
            let remind_at = desk.in_hours(desk.policy().sale.review_reminder_hours);
            desk.tell_listing(&mut row, ListingEvent::Submitted { remind_at });
            Ok(())
        }
        C::Approve => approve(desk, row),
        C::Reject { reason } => {
            check_text("reason", reason)?;
            let reason = reason.clone();
            desk.tell_listing(&mut row, ListingEvent::Rejected { reason });
            Ok(())
        }
        C::Pause => tell(desk, row, ListingEvent::Paused),
        C::Resume => tell(desk, row, ListingEvent::Resumed),
        C::Price { price_minor } => {
            check_range("price_minor", *price_minor, 1, NUMBER_MAX)?;
            tell(desk, row, ListingEvent::Priced { price_minor: *price_minor })
        }
        C::Stock { delta, reason } => stock(desk, row, *delta, reason),
        C::End => tell(desk, row, ListingEvent::Ended),
        C::TakeDown { reason } => {
            check_text("reason", reason)?;
            let (reason, appeal_until) =
                (reason.clone(), desk.in_days(desk.policy().sale.appeal_days));
            tell(desk, row, ListingEvent::TakenDown { appeal_until, reason })
        }
        C::Appeal => {
            // One appeal for each take-down: whoever lost it would collect a mark with each more.
            let open = row.appeal_until.filter(|_| !row.is_appealed);
            let Some(until) = open else {
                return Err(illegal(row.phase.name(), &["judge_appeal"]));
            };
            if desk.now.at > until {
                return Err(MarketRefusal::WindowOver { ended_at: until }.into());
            }
            tell(desk, row, ListingEvent::Appealed)
        }
        C::JudgeAppeal { is_won } => judge(desk, row, *is_won),
    }
}

fn tell(desk: &mut Desk<'_>, mut row: Listing, event: ListingEvent) -> Result<(), Refusal> {
    desk.tell_listing(&mut row, event);
    Ok(())
}

/// The listing with this id in the command's village.
pub(super) fn listing<'a>(desk: &Desk<'a>, id: ListingId) -> Result<&'a Listing, Refusal> {
    let known = desk.state.listing.get(&id).filter(|row| row.village == desk.command.village);
    known.ok_or_else(|| unknown(id))
}

// The author's side writes and sells; a second person lets it go on sale; the county takes it down.
fn check_actor(desk: &Desk<'_>, row: &Listing, command: &C) -> Result<(), Refusal> {
    match command {
        C::Approve | C::Reject { .. } => check_reviewer(desk, row),
        C::TakeDown { .. } | C::JudgeAppeal { .. } => desk.staff().map(drop),
        _ => check_owner(desk, row.text.seller),
    }
}

/// The seller himself, or an agent who learnt to write listings.
fn check_owner(desk: &Desk<'_>, seller: crate::id::PartyId) -> Result<(), Refusal> {
    let is_seller = desk.actor().is_ok_and(|actor| {
        is_of(actor, seller) && actor.kind != PartyKind::Agent || actor.id == seller
    });
    desk.agent_or(Module::M5, is_seller)
}

/// The cooperative's board or the county: never the author.
fn check_reviewer(desk: &Desk<'_>, row: &Listing) -> Result<(), Refusal> {
    let reviewer = desk.actor()?;
    let is_reviewer = matches!(reviewer.kind, PartyKind::Staff | PartyKind::Cooperative);
    if !is_reviewer {
        return Err(super::not_allowed(desk.command));
    }
    if reviewer.id == row.author {
        return Err(PartyRefusal::SecondPersonNeeded.into());
    }
    Ok(())
}

/// Writes a listing down as a draft that nobody can order yet. Price in minor units for one piece,
/// stock in pieces; the code is new in the village.
fn draft(
    desk: &mut Desk<'_>,
    id: ListingId,
    (code, price_minor, on_hand): (&ShortCode, i64, Option<i64>),
    text: &ListingText,
) -> Result<(), Refusal> {
    let author = desk.actor()?.id;
    check_owner(desk, text.seller)?;
    if desk.state.listing.get(&id).is_some() || id.bits() == 0 {
        return Err(exists(id));
    }
    let key = (desk.command.village, CodeOf::Listing, code.clone());
    if desk.state.code.get(&key).is_some() {
        return Err(PartyRefusal::CodeTaken { taken: code.to_string() }.into());
    }
    check_range("price_minor", price_minor, 1, NUMBER_MAX)?;
    if let Some(on_hand) = on_hand {
        check_range("stock", on_hand, 0, STOCK_MAX)?;
    }
    check_text_of(desk, text)?;
    let row = Listing {
        appeal_until: None,
        author,
        code: code.clone(),
        due_at: None,
        id,
        is_appealed: false,
        phase: P::Draft,
        price_minor,
        price_version: 1,
        stock: on_hand.map(|on_hand| Stock { held: 0, on_hand }),
        text: text.clone(),
        version: 0,
        village: desk.command.village,
    };
    let event = ListingEvent::Drafted(Box::new(row));
    desk.effects.push(crate::effect::Effect::Listing { event, listing: id });
    Ok(())
}

/// Texts, grams and minor units are within bounds, and the seller is one of those who may sell.
fn check_text_of(desk: &Desk<'_>, text: &ListingText) -> Result<(), Refusal> {
    let seller = desk.party(text.seller)?;
    let may_sell =
        |kind| matches!(kind, PartyKind::Cooperative | PartyKind::Household | PartyKind::Supplier);
    if !may_sell(seller.kind) {
        let expected = PartyKind::Cooperative;
        return Err(PartyRefusal::WrongKind { expected, party: seller.id }.into());
    }
    check_text("name", &text.name)?;
    check_text("name_latin", &text.name_latin)?;
    check_text("category", &text.category)?;
    check_text("unit", &text.unit)?;
    for name in text.names.values() {
        check_text("names", name)?;
    }
    check_count("photos", text.photos.len().max(1), 12)?;
    // A service weighs nothing; everything has a price.
    check_range("weight_g", text.weight_g, 0, NUMBER_MAX)?;
    check_range("freight_minor", text.freight_minor, 0, NUMBER_MAX)?;
    check_range("packaging_minor", text.packaging_minor, 0, NUMBER_MAX)?;
    if let Some(price) = text.township_price_minor {
        check_range("township_price_minor", price, 1, NUMBER_MAX)?;
    }
    if let Some(season) = text.season {
        check_range("expected_g", season.expected_g, 0, 1_000_000_000_000)?;
        if season.to < season.from {
            let missing = "season.to".to_owned();
            return Err(MarketRefusal::ListingIncomplete { missing }.into());
        }
    }
    check_proceeds(seller, text)
}

/// Only the cooperative sells for a pool and packs in boxes that are paid apart.
fn check_proceeds(seller: &Party, text: &ListingText) -> Result<(), Refusal> {
    let is_cooperative = seller.kind == PartyKind::Cooperative;
    if is_cooperative || (text.pool.is_none() && text.packaging_minor == 0) {
        return Ok(());
    }
    let expected = PartyKind::Cooperative;
    Err(PartyRefusal::WrongKind { expected, party: seller.id }.into())
}

/// What a buyer must see before it can go on sale.
fn check_complete(text: &ListingText) -> Result<(), Refusal> {
    let undocumented = text.claims.iter().find(|(_, document)| document.0.is_none());
    let missing = if text.photos.is_empty() {
        "photos".to_owned()
    } else if let Some((claim, _)) = undocumented {
        format!("claims.{claim}")
    } else {
        return Ok(());
    };
    Err(MarketRefusal::ListingIncomplete { missing }.into())
}

/// Puts it on sale until its season ends by itself (M-15), and notes in the author's favour that a
/// second person found nothing wrong.
fn approve(desk: &mut Desk<'_>, mut row: Listing) -> Result<(), Refusal> {
    let days_left = row.text.season.map(|season| season.to.days_since(desk.now.today));
    // Through the last day of the season, wherever that day ends: a day more does no harm, for an
    // order is refused by its date.
    let days = days_left.and_then(|days| u32::try_from(days.saturating_add(1)).ok());
    let ends_at = days.map(|days| desk.in_days(days));
    desk.tell_listing(&mut row, ListingEvent::Approved { ends_at });
    if let Some(reviewer) = desk.actor_id() {
        let fact = (EvidenceKind::Listing, true);
        desk.fact(fact, row.author, reviewer, (None, 0));
    }
    Ok(())
}

/// Counts pieces in or out with a reason, never below what is promised: who has ordered gets it.
fn stock(desk: &mut Desk<'_>, mut row: Listing, delta: i64, reason: &str) -> Result<(), Refusal> {
    check_text("reason", reason)?;
    let Some(stock) = row.stock else {
        // It is ordered as needed: its open orders hold nothing that could be freed later.
        let field = "delta".to_owned();
        return Err(MarketRefusal::OutOfRangeNumber { field, max: 0, min: 0 }.into());
    };
    // What is promised to orders stays there.
    let min = stock.held.saturating_sub(stock.on_hand);
    let max = STOCK_MAX.saturating_sub(stock.on_hand);
    check_range("delta", delta, min, max)?;
    let reason = reason.to_owned();
    let event = ListingEvent::Stocked { delta_held: 0, delta_on_hand: delta, reason };
    desk.tell_listing(&mut row, event);
    Ok(())
}

/// The county decides the appeal. Only a lost one is a mark against the author (M-14).
fn judge(desk: &mut Desk<'_>, mut row: Listing, is_won: bool) -> Result<(), Refusal> {
    if !row.is_appealed {
        return Err(illegal(row.phase.name(), &["appeal"]));
    }
    desk.tell_listing(&mut row, ListingEvent::AppealJudged { is_won });
    if let Some(judge) = desk.actor_id()
        && !is_won
    {
        desk.fact((EvidenceKind::Listing, false), row.author, judge, (None, 0));
    }
    Ok(())
}

/// The reviewers are reminded, or the season is over. There is no silent approval.
pub(super) fn time_out(desk: &mut Desk<'_>, timer: Timer) -> Result<(), Refusal> {
    let mut row = listing(desk, ListingId::from_bits(timer.subject))?.clone();
    if row.due_at != Some(timer.due_at) {
        return Ok(());
    }
    let event = if row.phase == P::Review { ListingEvent::Reminded } else { ListingEvent::Ended };
    desk.tell_listing(&mut row, event);
    Ok(())
}

/// Where the proceeds of a listing go: its pool, the seller's wallet, or what is owed to a supplier.
pub(super) fn proceeds(seller: &Party, text: &ListingText) -> AccountKey {
    use crate::ledger::Code;
    match (text.pool, seller.kind) {
        (Some(pool), _) => AccountKey { code: Code::POOL, owner: pool.bits() },
        (None, PartyKind::Supplier) => AccountKey::party(Code::PAYABLE_SUPPLIER, seller.id),
        (None, _) => seller.wallet(),
    }
}
