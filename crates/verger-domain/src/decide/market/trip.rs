//! Rules of trips between the county's hub and the village: manifest, counts, cost. Source:
//! `30-market` 2.5.

use std::collections::BTreeMap;

use super::{Desk, check_count, check_range, check_version, exists, illegal, not_allowed, unknown};
use crate::effect::Effect;
use crate::id::{ParcelId, PartyId, TripId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::TripCommand as C;
use crate::market::{ParcelEvent, ParcelPhase, Trip, TripEvent, TripPhase as P};
use crate::party::{Module, PartyKind};
use crate::refusal::{MarketRefusal, Refusal};

/// The most parcels of one trip.
const MANIFEST_MAX: usize = 1_000;

/// The dearest trip, in minor units.
const COST_MAX: i64 = 100_000_000;

/// What can be asked of a trip where it is. A count at the end is taken even before the departure
/// was told: what was seen is a fact.
pub(super) const fn allowed(phase: P) -> &'static [&'static str] {
    match phase {
        P::Planned => &["load"],
        P::Loading => &["load", "depart", "arrive"],
        P::Departed => &["arrive"],
        P::Arrived => &["close"],
        P::Closed => &[],
    }
}

/// Decides a command about one trip. The count at the end is the village's protection: what left
/// and was not counted is missing at once, not after a week (M-44).
pub(super) fn decide(
    desk: &mut Desk<'_>,
    id: TripId,
    version: Option<u32>,
    command: &C,
) -> Result<(), Refusal> {
    if let C::Plan { carrier } = command {
        return plan(desk, id, *carrier);
    }
    let mut row = trip(desk, id)?.clone();
    check_actor(desk, &row, command)?;
    check_version(row.version, version)?;
    let name = command.kind().strip_prefix("trip.").unwrap_or_default();
    if !allowed(row.phase).contains(&name) {
        return Err(illegal(row.phase.name(), allowed(row.phase)));
    }
    match command {
        C::Plan { .. } => Ok(()),
        C::Load { parcels } => load(desk, row, parcels),
        C::Depart { counted } => {
            let expected = u32::try_from(row.manifest.len()).unwrap_or(u32::MAX);
            if *counted != expected {
                let counted = *counted;
                return Err(MarketRefusal::CountDiffers { counted, expected }.into());
            }
            tell(desk, &mut row, TripEvent::Departed);
            Ok(())
        }
        C::Arrive { counted } => {
            let known = counted.iter().copied().filter(|id| row.manifest.contains_key(id));
            let counted = known.collect();
            tell(desk, &mut row, TripEvent::Arrived { counted });
            for id in row.missing() {
                let mut parcel = super::parcel::parcel(desk, id)?.clone();
                let due_at = parcel.due_at;
                let event = ParcelEvent::Moved { due_at, phase: ParcelPhase::Missing };
                if parcel.phase == ParcelPhase::OnTrip {
                    desk.tell_parcel(&mut parcel, event);
                }
            }
            Ok(())
        }
        C::Close { cost_minor } => {
            check_range("cost_minor", *cost_minor, 0, COST_MAX)?;
            // The programme bears the trip (5220); a household pays only the freight of its order.
            desk.purpose("trip.closed");
            desk.debit(AccountKey::village(Code::TRIP), *cost_minor);
            desk.credit(AccountKey::party(Code::PAYABLE_CARRIER, row.carrier), *cost_minor);
            tell(desk, &mut row, TripEvent::Closed { cost_minor: *cost_minor });
            Ok(())
        }
    }
}

/// The trip with this id in the command's village.
pub(super) fn trip<'a>(desk: &Desk<'a>, id: TripId) -> Result<&'a Trip, Refusal> {
    let known = desk.state.trip.get(&id).filter(|row| row.village == desk.command.village);
    known.ok_or_else(|| unknown(id))
}

fn tell(desk: &mut Desk<'_>, row: &mut Trip, event: TripEvent) {
    row.apply(&event);
    desk.effects.push(Effect::Trip { event, trip: row.id });
}

fn check_actor(desk: &Desk<'_>, row: &Trip, command: &C) -> Result<(), Refusal> {
    let is_driver = desk.actor_id() == Some(row.carrier);
    match command {
        // What a trip costs the programme is for the county to say, not for who is paid.
        C::Close { .. } => desk.staff().map(drop),
        _ => desk.agent_or(Module::M3, is_driver || desk.is_actor(PartyKind::Staff)),
    }
}

fn plan(desk: &mut Desk<'_>, id: TripId, carrier: PartyId) -> Result<(), Refusal> {
    let is_driver = desk.actor_id() == Some(carrier);
    desk.agent_or(Module::M3, is_driver || desk.is_actor(PartyKind::Staff))?;
    desk.party_of_kind(carrier, PartyKind::Carrier)?;
    if desk.state.trip.get(&id).is_some() {
        return Err(exists(id));
    }
    let row = Trip {
        arrived: std::collections::BTreeSet::new(),
        carrier,
        cost_minor: 0,
        id,
        manifest: BTreeMap::new(),
        phase: P::Planned,
        version: 0,
        village: desk.command.village,
    };
    desk.effects.push(Effect::Trip { event: TripEvent::Planned(Box::new(row)), trip: id });
    Ok(())
}

/// Only what the driver has in his hands can be on his manifest.
fn load(desk: &mut Desk<'_>, mut row: Trip, ids: &[ParcelId]) -> Result<(), Refusal> {
    check_count("parcels", ids.len().saturating_add(row.manifest.len()), MANIFEST_MAX)?;
    check_count("parcels", ids.len(), MANIFEST_MAX)?;
    let mut parcels = BTreeMap::new();
    for id in ids {
        let mut parcel = super::parcel::parcel(desk, *id)?.clone();
        if parcel.holder != row.carrier {
            return Err(MarketRefusal::NotTheHolder { holder: parcel.holder }.into());
        }
        if parcel.phase != ParcelPhase::HandedOver {
            let allowed = super::parcel::allowed(parcel.phase);
            return Err(illegal(parcel.phase.name(), allowed));
        }
        if parcels.insert(*id, parcel.weight_g).is_some() {
            continue;
        }
        desk.tell_parcel(&mut parcel, ParcelEvent::Loaded { trip: row.id });
        let due_at = parcel.due_at;
        let phase = ParcelPhase::OnTrip;
        desk.tell_parcel(&mut parcel, ParcelEvent::Moved { due_at, phase });
    }
    if parcels.is_empty() {
        return Err(not_allowed(desk.command));
    }
    tell(desk, &mut row, TripEvent::Loaded { parcels });
    Ok(())
}
