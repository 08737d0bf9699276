//! A dispute about lines of an order: claim, answer, offer, ruling, return. Owns how an event
//! changes it; must not move money.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::listing::Photo;
use super::order::LineNo;
use crate::id::{DisputeId, OrderId, PartyId, VillageId};
use crate::time::Instant;

/// Where a dispute is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputePhase {
    /// The other side is to answer.
    Opened,
    /// The other side offered something; the opener is to agree.
    Offered,
    /// Both agree, and the goods go back first.
    Returning,
    /// A panel is to rule.
    Escalated,
    /// A panel ruled; either side may appeal.
    Ruled,
    /// It was carried out.
    Executed,
    /// Its opener took it back.
    Withdrawn,
}

impl DisputePhase {
    /// All phases.
    pub const ALL: [Self; 7] = [
        Self::Opened,
        Self::Offered,
        Self::Returning,
        Self::Escalated,
        Self::Ruled,
        Self::Executed,
        Self::Withdrawn,
    ];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Offered => "offered",
            Self::Returning => "returning",
            Self::Escalated => "escalated",
            Self::Ruled => "ruled",
            Self::Executed => "executed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether it is over.
    pub const fn is_end(self) -> bool {
        matches!(self, Self::Executed | Self::Withdrawn)
    }
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeReason {
    /// Bruised, broken or wet.
    Damaged,
    /// Rotten, dead or past its time.
    Spoiled,
    /// Less than was sold.
    Short,
    /// Not what was described.
    Different,
    /// It never came.
    NotReceived,
    /// Nothing is wrong: the household changed its mind.
    ChangeOfMind,
}

/// Who bears what goes back to the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// The seller: the pool, the household or the supplier gets less.
    Seller,
    /// The carrier: the seller's side is made whole by a claim on it.
    Carrier,
    /// The agent: the seller's side is made whole by what he owes.
    Agent,
    /// Nobody: the programme makes the seller's side whole.
    Goodwill,
    /// The buyer, who changed his mind.
    Buyer,
}

/// What one side or the panel wants to go back to the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// Who bears it.
    pub fault: Fault,
    /// How much of the freight.
    pub freight_minor: i64,
    /// How much of which line.
    pub lines: BTreeMap<LineNo, i64>,
}

impl Settlement {
    /// All that goes back to the buyer.
    pub fn total_minor(&self) -> i64 {
        super::split::total(self.lines.values().copied()).saturating_add(self.freight_minor)
    }
}

/// A dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dispute {
    /// What the opener wants back.
    pub claim: Settlement,
    /// Whom the panel found dishonest.
    pub dishonest: Option<PartyId>,
    /// When its timer is due.
    pub due_at: Option<Instant>,
    /// Its id.
    pub id: DisputeId,
    /// Whether one side has appealed already.
    pub is_appealed: bool,
    /// Who opened it.
    pub opener: PartyId,
    /// The order it is about.
    pub order: OrderId,
    /// The member of the last panel.
    pub panelist: Option<PartyId>,
    /// Where it is.
    pub phase: DisputePhase,
    /// The pictures of all sides.
    pub photos: Vec<Photo>,
    /// What is wrong.
    pub reason: DisputeReason,
    /// What is to be carried out: the offer, the agreement or the ruling.
    pub settlement: Option<Settlement>,
    /// How many events it has seen.
    pub version: u32,
    /// Its village.
    pub village: VillageId,
}

impl Dispute {
    /// The lines it freezes.
    pub fn lines(&self) -> Vec<LineNo> {
        self.claim.lines.keys().copied().collect()
    }

    /// Changes the dispute as the event says.
    pub fn apply(&mut self, event: &DisputeEvent) {
        self.version = self.version.saturating_add(1);
        match event {
            DisputeEvent::Opened(_) => {}
            DisputeEvent::Offered { due_at, settlement } => {
                self.phase = DisputePhase::Offered;
                self.settlement = Some(settlement.clone());
                self.due_at = Some(*due_at);
            }
            DisputeEvent::Agreed { settlement } => self.settlement = Some(settlement.clone()),
            DisputeEvent::ReturnApproved { due_at } => {
                self.phase = DisputePhase::Returning;
                self.due_at = Some(*due_at);
            }
            DisputeEvent::Refused { photos } => self.photos.extend(photos),
            DisputeEvent::Escalated { due_at } => {
                self.phase = DisputePhase::Escalated;
                self.due_at = *due_at;
            }
            DisputeEvent::Ruled { dishonest, due_at, panelist, settlement, .. } => {
                self.phase = DisputePhase::Ruled;
                self.panelist = Some(*panelist);
                self.dishonest = *dishonest;
                self.settlement = Some(settlement.clone());
                self.due_at = Some(*due_at);
            }
            DisputeEvent::Appealed { due_at } => {
                self.phase = DisputePhase::Escalated;
                self.is_appealed = true;
                self.due_at = *due_at;
            }
            DisputeEvent::Reminded => self.due_at = None,
            DisputeEvent::Executed => {
                self.phase = DisputePhase::Executed;
                self.due_at = None;
            }
            DisputeEvent::Withdrawn => {
                self.phase = DisputePhase::Withdrawn;
                self.due_at = None;
            }
        }
    }
}

/// Something that happened to a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeEvent {
    /// It was opened.
    Opened(Box<Dispute>),
    /// The other side offered something.
    Offered {
        /// Until when the offer is good.
        due_at: Instant,
        /// What.
        settlement: Settlement,
    },
    /// Both sides agree to this.
    Agreed {
        /// What.
        settlement: Settlement,
    },
    /// The goods go back before the money does.
    ReturnApproved {
        /// When a person looks, if they have not come back.
        due_at: Instant,
    },
    /// The other side refused.
    Refused {
        /// Its proof.
        photos: Vec<Photo>,
    },
    /// A panel is to rule.
    Escalated {
        /// When the panel is reminded.
        due_at: Option<Instant>,
    },
    /// A panel ruled.
    Ruled {
        /// The pictures it cites.
        cites: Vec<Photo>,
        /// Whom it found dishonest.
        dishonest: Option<PartyId>,
        /// When it is carried out, if nobody appeals.
        due_at: Instant,
        /// The member of the panel beside the county's operator.
        panelist: PartyId,
        /// What goes back.
        settlement: Settlement,
    },
    /// One side appealed.
    Appealed {
        /// When the second panel is reminded.
        due_at: Option<Instant>,
    },
    /// A person was reminded that it is late.
    Reminded,
    /// It was carried out.
    Executed,
    /// Its opener took it back.
    Withdrawn,
}
