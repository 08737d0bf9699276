//! A box ordered ahead: its deposit waits in the escrow of the order that it becomes. Owns how an
//! event changes it; must not move money.

use serde::{Deserialize, Serialize};

use super::order::PayBy;
use super::split::floor_bps;
use crate::codec::{self, Hash};
use crate::id::{OrderId, PartyId, SeasonId, VillageId};
use crate::ledger::{AccountKey, Code};
use crate::time::Instant;

/// Where an order ahead is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreorderPhase {
    /// Its boxes are kept, its deposit is awaited.
    Placed,
    /// The deposit is in escrow.
    Reserved,
    /// The price is known.
    Fixed,
    /// There is too little: the buyer chooses.
    Short,
    /// It has become an order; the rest of the price is awaited.
    Called,
    /// All money went back.
    Refunded,
    /// No deposit came.
    Expired,
}

impl PreorderPhase {
    /// All phases.
    pub const ALL: [Self; 7] = [
        Self::Placed,
        Self::Reserved,
        Self::Fixed,
        Self::Short,
        Self::Called,
        Self::Refunded,
        Self::Expired,
    ];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Placed => "placed",
            Self::Reserved => "reserved",
            Self::Fixed => "fixed",
            Self::Short => "short",
            Self::Called => "called",
            Self::Refunded => "refunded",
            Self::Expired => "expired",
        }
    }

    /// Whether nothing can happen to it any more.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Called | Self::Refunded | Self::Expired)
    }
}

/// What a buyer chooses when there is too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// To wait for what is still to come.
    Wait,
    /// The deposit back.
    Refund,
    /// The same number of boxes of another season window.
    Switch(SeasonId),
}

/// A box ordered ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preorder {
    /// The agent who sold it, if one did.
    pub agent: Option<PartyId>,
    /// How many boxes.
    pub boxes: u32,
    /// Who buys.
    pub buyer: PartyId,
    /// The deposit that is asked, in minor units.
    pub deposit_minor: i64,
    /// When its timer is due.
    pub due_at: Option<Instant>,
    /// What of the deposit is in escrow.
    pub held_minor: i64,
    /// Its id, which is that of the order it becomes; also its escrow account.
    pub id: OrderId,
    /// How the buyer pays.
    pub pay_by: PayBy,
    /// Where it is.
    pub phase: PreorderPhase,
    /// The price of one box: of the list, and once that is known the final one.
    pub price_minor: i64,
    /// The season window.
    pub season: SeasonId,
    /// SHA-256 of the secret in the buyer's link.
    #[serde(with = "codec::opt_hex_hash")]
    pub secret_hash: Option<Hash>,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl Preorder {
    /// The key of its escrow account.
    pub const fn escrow(&self) -> AccountKey {
        AccountKey { code: Code::ESCROW, owner: self.id.bits() }
    }

    /// The price of all its boxes, without freight.
    pub fn goods_minor(&self) -> i64 {
        self.price_minor.saturating_mul(i64::from(self.boxes))
    }

    /// The deposit for so many boxes at a price: a part of it, floored once.
    pub fn deposit_at(boxes: u32, price_minor: i64, deposit_bps: u32) -> i64 {
        floor_bps(price_minor.saturating_mul(i64::from(boxes)), deposit_bps)
    }

    /// Changes the order ahead as the event says.
    pub fn apply(&mut self, event: &PreorderEvent) {
        use PreorderPhase as P;
        self.version = self.version.saturating_add(1);
        match event {
            PreorderEvent::Placed(_) => {}
            PreorderEvent::Deposited { due_at, minor } => {
                self.phase = P::Reserved;
                self.held_minor = *minor;
                self.due_at = *due_at;
            }
            PreorderEvent::Fixed { back_minor, price_minor } => {
                self.phase = P::Fixed;
                self.price_minor = *price_minor;
                self.held_minor = self.held_minor.saturating_sub(*back_minor);
                self.due_at = None;
            }
            PreorderEvent::Asked { due_at, .. } => {
                self.phase = P::Short;
                self.due_at = Some(*due_at);
            }
            PreorderEvent::Waiting { due_at, phase } => {
                self.phase = *phase;
                self.due_at = *due_at;
            }
            PreorderEvent::Switched { due_at, phase, price_minor, season } => {
                self.phase = *phase;
                self.price_minor = *price_minor;
                self.season = *season;
                self.due_at = *due_at;
            }
            PreorderEvent::Called => {
                self.phase = P::Called;
                self.held_minor = 0;
                self.due_at = None;
            }
            PreorderEvent::Refunded => {
                self.phase = P::Refunded;
                self.held_minor = 0;
                self.due_at = None;
            }
            PreorderEvent::Expired => {
                self.phase = P::Expired;
                self.due_at = None;
            }
        }
    }
}

/// Something that happened to an order ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PreorderEvent {
    /// It was placed.
    Placed(Box<Preorder>),
    /// The deposit is in escrow.
    Deposited {
        /// When the price is known.
        due_at: Option<Instant>,
        /// How much.
        minor: i64,
    },
    /// The price is known; what the deposit had too much for it went back.
    Fixed {
        /// How much went back.
        back_minor: i64,
        /// The price of one box.
        price_minor: i64,
    },
    /// There is too little: the buyer was asked.
    Asked {
        /// Until when; silence takes the deposit back.
        due_at: Instant,
        /// Why.
        reason: String,
    },
    /// The buyer waits.
    Waiting {
        /// When its timer is due.
        due_at: Option<Instant>,
        /// Where it goes back to.
        phase: PreorderPhase,
    },
    /// The buyer takes another variety.
    Switched {
        /// When its timer is due.
        due_at: Option<Instant>,
        /// Where it is there.
        phase: PreorderPhase,
        /// The price of one box there.
        price_minor: i64,
        /// The other season window.
        season: SeasonId,
    },
    /// It has become an order.
    Called,
    /// All money went back.
    Refunded,
    /// No deposit came.
    Expired,
}
