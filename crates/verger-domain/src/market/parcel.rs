//! A parcel and the trips that carry it: who has it, who gave it to whom, what happened to it. Owns
//! how an event changes them; must not know money.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::listing::Photo;
use crate::codec::{self, Hash};
use crate::id::{OrderId, ParcelId, PartyId, TripId, VillageId};
use crate::party::{PinTries, ShortCode};
use crate::time::Instant;

/// Where a parcel is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelPhase {
    /// It has a label and is where it was packed.
    Labelled,
    /// A carrier or a hub has it.
    HandedOver,
    /// It is on the manifest of a trip.
    OnTrip,
    /// The shop has it for a household.
    AtShop,
    /// The household has it.
    PickedUp,
    /// The buyer has it.
    Delivered,
    /// A manifest named it and a count did not.
    Missing,
    /// Nobody found it in time.
    Lost,
    /// It is on its way back.
    Returning,
    /// It is back with the sender.
    Returned,
}

impl ParcelPhase {
    /// All phases.
    pub const ALL: [Self; 10] = [
        Self::Labelled,
        Self::HandedOver,
        Self::OnTrip,
        Self::AtShop,
        Self::PickedUp,
        Self::Delivered,
        Self::Missing,
        Self::Lost,
        Self::Returning,
        Self::Returned,
    ];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Labelled => "labelled",
            Self::HandedOver => "handed_over",
            Self::OnTrip => "on_trip",
            Self::AtShop => "at_shop",
            Self::PickedUp => "picked_up",
            Self::Delivered => "delivered",
            Self::Missing => "missing",
            Self::Lost => "lost",
            Self::Returning => "returning",
            Self::Returned => "returned",
        }
    }

    /// Whether it has arrived, or never will.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::PickedUp | Self::Delivered | Self::Lost | Self::Returned)
    }
}

/// One change of hands: the giver's scan and the receiver's, in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// When the giver scanned it.
    pub gave_at: Option<Instant>,
    /// Who gave it.
    pub giver: PartyId,
    /// Who took it.
    pub taker: PartyId,
    /// When the receiver scanned it.
    pub took_at: Option<Instant>,
}

impl Hop {
    /// Whether only one of the two has scanned it.
    pub const fn is_one_sided(&self) -> bool {
        self.gave_at.is_none() || self.took_at.is_none()
    }
}

/// The code with which a household collects its parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickupCode {
    /// A keyed digest of the six digits under the deployment's secret.
    #[serde(with = "codec::hex_hash")]
    pub digest: Hash,
    /// Wrong tries.
    pub tries: PinTries,
}

/// What is in a box: of whom, from which lot, how many grams.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The grams of it in this box.
    pub grams: i64,
    /// The lot it comes from; for other goods the piece's own mark.
    pub lot: ShortCode,
    /// The household that made it.
    pub maker: PartyId,
}

/// What the carrier owes for a lost or damaged parcel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierClaim {
    /// How much.
    pub amount_minor: i64,
    /// By whom.
    pub carrier: PartyId,
    /// Whether it was paid.
    pub is_paid: bool,
}

/// A parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// What a carrier owes for it.
    pub claim: Option<CarrierClaim>,
    /// The code with which it is collected.
    pub code: Option<PickupCode>,
    /// What is in it.
    pub contents: Vec<Content>,
    /// Pictures of damage, reported at a scan or soon after.
    pub damage: Vec<Photo>,
    /// When its timer is due.
    pub due_at: Option<Instant>,
    /// Who has it.
    pub holder: PartyId,
    /// Its changes of hands, oldest first.
    pub hops: Vec<Hop>,
    /// Its id.
    pub id: ParcelId,
    /// Whether there are animals in it.
    pub is_live: bool,
    /// What is written on it; unique in the village.
    pub label: ShortCode,
    /// The order it belongs to.
    pub order: OrderId,
    /// Where it is.
    pub phase: ParcelPhase,
    /// Who may collect it beside the household, named by it.
    pub proxy: Option<PartyId>,
    /// The trip it is on.
    pub trip: Option<TripId>,
    /// How many events it has seen.
    pub version: u32,
    /// The village it leaves or comes to.
    pub village: VillageId,
    /// Its weight in grams.
    pub weight_g: i64,
}

impl Parcel {
    /// What of a lot is in it, in grams.
    pub fn grams_of(&self, lot: &ShortCode) -> i64 {
        let of_lot = self.contents.iter().filter(|content| content.lot == *lot);
        super::split::total(of_lot.map(|content| content.grams))
    }

    /// The change of hands that waits for its second scan.
    pub fn open_hop(&self) -> Option<&Hop> {
        self.hops.last().filter(|hop| hop.is_one_sided())
    }

    /// Changes the parcel as the event says.
    pub fn apply(&mut self, event: &ParcelEvent, at: Instant) {
        self.version = self.version.saturating_add(1);
        match event {
            ParcelEvent::Labelled(_) => {}
            ParcelEvent::Gave { taker } => self.scan(*taker, at, true),
            ParcelEvent::Took { giver, taker } => {
                let is_new = self.open_hop().is_none();
                if is_new {
                    let hop =
                        Hop { gave_at: None, giver: *giver, taker: *taker, took_at: Some(at) };
                    self.hops.push(hop);
                } else {
                    self.scan(*taker, at, false);
                }
                self.holder = *taker;
            }
            ParcelEvent::Moved { due_at, phase } => {
                self.phase = *phase;
                self.due_at = *due_at;
            }
            ParcelEvent::DueSet { due_at } => self.due_at = *due_at,
            ParcelEvent::CodeSet { digest } => {
                self.code = Some(PickupCode { digest: *digest, tries: PinTries::default() });
            }
            ParcelEvent::CodeTried { tries } => {
                if let Some(code) = self.code.as_mut() {
                    code.tries = *tries;
                }
            }
            ParcelEvent::ProxyNamed { proxy } => self.proxy = Some(*proxy),
            ParcelEvent::Loaded { trip } => self.trip = Some(*trip),
            ParcelEvent::Damaged { photos } => self.damage.extend(photos),
            ParcelEvent::ClaimAccepted(claim) => self.claim = Some(*claim),
            ParcelEvent::ClaimPaid => {
                if let Some(claim) = self.claim.as_mut() {
                    claim.is_paid = true;
                }
            }
        }
    }

    /// Notes a scan on the change of hands that waits for it, or begins one from the holder (M-41).
    fn scan(&mut self, taker: PartyId, at: Instant, is_giver: bool) {
        let giver = self.holder;
        if self.open_hop().is_none() {
            self.hops.push(Hop { gave_at: None, giver, taker, took_at: None });
        }
        if let Some(hop) = self.hops.last_mut() {
            let side = if is_giver { &mut hop.gave_at } else { &mut hop.took_at };
            *side = Some(at);
        }
    }
}

/// Something that happened to a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelEvent {
    /// It was closed and labelled.
    Labelled(Box<Parcel>),
    /// Its holder scanned it out of his hands.
    Gave {
        /// To whom.
        taker: PartyId,
    },
    /// Somebody scanned it into his hands.
    Took {
        /// From whom.
        giver: PartyId,
        /// Who.
        taker: PartyId,
    },
    /// It is somewhere else.
    Moved {
        /// When its timer is due next.
        due_at: Option<Instant>,
        /// Where.
        phase: ParcelPhase,
    },
    /// Its timer was set anew, or cleared.
    DueSet {
        /// When it is due.
        due_at: Option<Instant>,
    },
    /// It can be collected with a code.
    CodeSet {
        /// The keyed digest of the code.
        #[serde(with = "codec::hex_hash")]
        digest: Hash,
    },
    /// A code was tried wrongly.
    CodeTried {
        /// Where that leaves the count.
        tries: PinTries,
    },
    /// The household named somebody who may collect it.
    ProxyNamed {
        /// Whom.
        proxy: PartyId,
    },
    /// It is on a manifest.
    Loaded {
        /// Of which trip.
        trip: TripId,
    },
    /// Damage was reported.
    Damaged {
        /// With these pictures.
        photos: Vec<Photo>,
    },
    /// The carrier owes for it.
    ClaimAccepted(CarrierClaim),
    /// The carrier paid.
    ClaimPaid,
}

/// Where a trip is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripPhase {
    /// It will go.
    Planned,
    /// Parcels are put on it.
    Loading,
    /// It is on the road.
    Departed,
    /// It is there.
    Arrived,
    /// Its cost is known and shared.
    Closed,
}

impl TripPhase {
    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Loading => "loading",
            Self::Departed => "departed",
            Self::Arrived => "arrived",
            Self::Closed => "closed",
        }
    }
}

/// A trip between the county's hub and the village, with its manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// The parcels that were counted at its end.
    pub arrived: BTreeSet<ParcelId>,
    /// Who drives.
    pub carrier: PartyId,
    /// What it cost, in minor units.
    pub cost_minor: i64,
    /// Its id.
    pub id: TripId,
    /// The parcels on it, with their grams.
    pub manifest: BTreeMap<ParcelId, i64>,
    /// Where it is.
    pub phase: TripPhase,
    /// How many events it has seen.
    pub version: u32,
    /// The village.
    pub village: VillageId,
}

impl Trip {
    /// What each parcel's part of the cost is: by weight, so that it sums exactly.
    pub fn cost_shares(&self) -> Vec<(ParcelId, i64)> {
        let weights: Vec<_> = self.manifest.iter().map(|(id, grams)| (*id, *grams)).collect();
        super::split::largest_remainder(self.cost_minor, &weights)
    }

    /// The parcels of the manifest that were not counted.
    pub fn missing(&self) -> Vec<ParcelId> {
        self.manifest.keys().filter(|id| !self.arrived.contains(id)).copied().collect()
    }

    /// Changes the trip as the event says.
    pub fn apply(&mut self, event: &TripEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            TripEvent::Planned(_) => {}
            TripEvent::Loaded { parcels } => {
                self.manifest.extend(parcels);
                self.phase = TripPhase::Loading;
            }
            TripEvent::Departed => self.phase = TripPhase::Departed,
            TripEvent::Arrived { counted } => {
                self.arrived.extend(counted);
                self.phase = TripPhase::Arrived;
            }
            TripEvent::Closed { cost_minor } => {
                self.cost_minor = *cost_minor;
                self.phase = TripPhase::Closed;
            }
        }
    }
}

/// Something that happened to a trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripEvent {
    /// It was planned.
    Planned(Box<Trip>),
    /// Parcels were put on it, with their grams.
    Loaded {
        /// Which.
        parcels: BTreeMap<ParcelId, i64>,
    },
    /// It left.
    Departed,
    /// It came, and this was counted.
    Arrived {
        /// The parcels that were there.
        counted: BTreeSet<ParcelId>,
    },
    /// Its cost is known.
    Closed {
        /// How much.
        cost_minor: i64,
    },
}
