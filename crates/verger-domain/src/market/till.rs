//! The till of a shop's day, and what the payment processor says it received. Owns how an event
//! changes them; must not move money.

use serde::{Deserialize, Serialize};

use crate::codec::{self, Hash};
use crate::id::{OrderId, PartyId, ReceiptId, TillId, VillageId};
use crate::time::Instant;

/// Where a till session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TillPhase {
    /// The drawer was counted and is in use.
    Open,
    /// It was counted again.
    Closed,
    /// The staff has looked at it.
    Reconciled,
}

impl TillPhase {
    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Reconciled => "reconciled",
        }
    }
}

/// One session of a shop's drawer, from count to count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Till {
    /// Who answers for the drawer.
    pub agent: PartyId,
    /// What was banked out of it during the session.
    pub banked_minor: i64,
    /// When it was counted at the end.
    pub closed_at: Option<Instant>,
    /// The count at the end.
    pub closed_minor: Option<i64>,
    /// What the count at the end was over (positive) or short (negative).
    pub gap_minor: i64,
    /// Its id.
    pub id: TillId,
    /// When it was counted at the start.
    pub opened_at: Instant,
    /// The count at the start.
    pub opened_minor: i64,
    /// Where it is.
    pub phase: TillPhase,
    /// The shop.
    pub shop: PartyId,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl Till {
    /// Changes the session as the event says.
    pub fn apply(&mut self, event: &TillEvent, at: Instant) {
        self.version = self.version.saturating_add(1);
        match event {
            TillEvent::Opened(_) => {}
            TillEvent::Banked { amount_minor } => {
                self.banked_minor = self.banked_minor.saturating_add(*amount_minor);
            }
            TillEvent::Closed { counted_minor, gap_minor } => {
                self.phase = TillPhase::Closed;
                self.closed_at = Some(at);
                self.closed_minor = Some(*counted_minor);
                self.gap_minor = *gap_minor;
            }
            TillEvent::Reconciled => self.phase = TillPhase::Reconciled,
        }
    }
}

/// Something that happened to a till session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TillEvent {
    /// The drawer was counted and is in use.
    Opened(Box<Till>),
    /// Cash went to the bank.
    Banked {
        /// How much.
        amount_minor: i64,
    },
    /// The drawer was counted again.
    Closed {
        /// The count.
        counted_minor: i64,
        /// Over (positive) or short (negative).
        gap_minor: i64,
    },
    /// The staff has looked at it.
    Reconciled,
}

/// Money that the payment processor says it received for an order. Its id follows from the
/// processor's own, so that each counts once however often it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How much, in minor units.
    pub amount_minor: i64,
    /// When it was told first.
    pub at: Instant,
    /// Its id.
    pub id: ReceiptId,
    /// Whether it waits for an order that is not there yet.
    pub is_waiting: bool,
    /// The order it is for.
    pub order: OrderId,
    /// A keyed digest of the source it was paid from, where the processor tells.
    #[serde(with = "codec::opt_hex_hash")]
    pub payer: Option<Hash>,
    /// Its village.
    pub village: VillageId,
}
