//! What a command did, as data. The journal keeps effects for ever, so variants and fields are only
//! ever added. Fields stand in alphabetical order: their JSON is then canonical as it is written.

use std::collections::BTreeSet;

use iso_currency::Currency;
use serde::{Deserialize, Serialize};

use crate::codec::{self, Hash};
use crate::command::{Actor, Evidence, Proof};
use crate::credit::BorrowerEvent;
use crate::credit::borrower::Notice;
use crate::credit::decision::Decision;
use crate::credit::facts::Facts;
use crate::id::{
    CellId, CommandId, DisputeId, GroupId, HoldId, ListingId, LotId, OrderId, ParcelId, PartyId,
    PoolId, SeasonId, TillId, TokenId, TripId, VillageId, VoteId,
};
use crate::ledger::{AccountKey, Leg};
use crate::market::listing::Photo;
use crate::market::till::Receipt;
use crate::market::{
    CooperativeEvent, DisputeEvent, GroupEvent, ListingEvent, LotEvent, OrderEvent, ParcelEvent,
    PoolEvent, PreorderEvent, SeasonEvent, ShelfEvent, TillEvent, TripEvent, VoteEvent,
};
use crate::party::{Duty, Module, Party, PinTries, Profile, Token, Village};
use crate::policy::Policy;
use crate::refusal::Refusal;
use crate::time::{Date, Instant, Month};
use crate::trust::{TrustEvent, WeightBatch};

/// One thing that changed. [`crate::State::apply`] says how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// A village's books were opened.
    VillageRegistered(Village),
    /// A policy came into force.
    PolicyAdopted(Box<Policy>),
    /// A party became known.
    PartyRegistered {
        /// The party.
        party: Party,
        /// The profile, stored beside the journal: absent when read back from it.
        #[serde(skip)]
        profile: Option<Profile>,
        /// The digest that proves the stored profile.
        #[serde(with = "codec::hex_hash")]
        profile_digest: Hash,
    },
    /// What an agent may do was changed.
    Certified {
        /// The agent.
        agent: PartyId,
        /// The modules passed.
        certified: BTreeSet<Module>,
        /// Probation, suspension and review.
        duty: Duty,
    },
    /// Something happened to a listing.
    Listing {
        /// What.
        event: ListingEvent,
        /// Which.
        listing: ListingId,
    },
    /// Something happened to an order.
    Order {
        /// What.
        event: OrderEvent,
        /// Which.
        order: OrderId,
    },
    /// Something happened to a parcel.
    Parcel {
        /// What.
        event: ParcelEvent,
        /// Which.
        parcel: ParcelId,
    },
    /// Something happened to a trip.
    Trip {
        /// What.
        event: TripEvent,
        /// Which.
        trip: TripId,
    },
    /// Something happened to a dispute.
    Dispute {
        /// Which.
        dispute: DisputeId,
        /// What.
        event: DisputeEvent,
    },
    /// Something happened to a group purchase.
    Group {
        /// What.
        event: GroupEvent,
        /// Which.
        group: GroupId,
    },
    /// Something happened to a lot.
    Lot {
        /// What.
        event: LotEvent,
        /// Which.
        lot: LotId,
    },
    /// Something happened to a pool.
    Pool {
        /// What.
        event: PoolEvent,
        /// Which.
        pool: PoolId,
    },
    /// Something happened to what of a pool lies in the store.
    Shelf {
        /// What.
        event: ShelfEvent,
        /// Of which pool.
        pool: PoolId,
    },
    /// Something happened to a season window.
    Season {
        /// What.
        event: SeasonEvent,
        /// Which.
        season: SeasonId,
    },
    /// Something happened to boxes ordered ahead.
    Preorder {
        /// What.
        event: PreorderEvent,
        /// Which: the order that it becomes.
        preorder: OrderId,
    },
    /// Something happened to a cooperative.
    Cooperative {
        /// Which, by its party.
        cooperative: PartyId,
        /// What.
        event: CooperativeEvent,
    },
    /// Something happened to a vote.
    Vote {
        /// What.
        event: VoteEvent,
        /// Which.
        vote: VoteId,
    },
    /// Something happened to a till session.
    Till {
        /// What.
        event: TillEvent,
        /// Which.
        till: TillId,
    },
    /// The processor told of money, or the order it waited for came.
    ReceiptWritten(Receipt),
    /// A source of payment was used for the first time.
    PayerKnown {
        /// Who used it.
        party: PartyId,
        /// Its keyed digest.
        #[serde(with = "codec::hex_hash")]
        payer: Hash,
    },
    /// A picture was used as proof; it cannot be used again.
    PhotoUsed(Photo),
    /// A member has a PIN now.
    PinSet {
        /// The member.
        member: PartyId,
        /// The argon2id hash, stored beside the journal: absent when read back from it.
        #[serde(skip)]
        phc: Option<String>,
    },
    /// A PIN was tried wrongly.
    PinTried {
        /// The member.
        member: PartyId,
        /// Where that leaves the count.
        tries: PinTries,
    },
    /// A member agreed.
    ProofGiven(Proof),
    /// A bearer token came into force.
    TokenIssued(Token),
    /// A bearer token ended.
    TokenRevoked {
        /// The token.
        token: TokenId,
    },
    /// An account was opened.
    AccountOpened {
        /// Its key.
        account: AccountKey,
        /// The currency it holds.
        currency: Currency,
        /// What people call it.
        label: String,
    },
    /// Money moved.
    Posted {
        /// The day it takes effect.
        effective_on: Date,
        /// The legs, which sum to zero.
        legs: Vec<Leg>,
        /// What it was for.
        purpose: String,
    },
    /// A fact was written for the trust index.
    EvidenceWritten(Evidence),
    /// Something changed what trust keeps of a party.
    Trust {
        /// What.
        event: TrustEvent,
        /// Which.
        party: PartyId,
    },
    /// The weights of a batch came into force.
    WeightsAdopted(Box<WeightBatch>),
    /// Something happened to a household as a borrower.
    Credit {
        /// Which household.
        borrower: PartyId,
        /// What.
        event: BorrowerEvent,
    },
    /// A household was told what a draw would cost and whether it would be made. Changes nothing.
    CreditOffered {
        /// Which household.
        borrower: PartyId,
        /// The decision.
        decision: Box<Decision>,
        /// What was looked at.
        facts: Box<Facts>,
    },
    /// Money was reserved.
    HoldPlaced {
        /// How much, in minor units.
        amount_minor: i64,
        /// The account to be credited.
        credit: AccountKey,
        /// The account to be debited.
        debit: AccountKey,
        /// When it ends by itself.
        expires_at: Instant,
        /// Its id.
        hold: HoldId,
    },
    /// A hold was posted; the legs are in the `posted` effect beside it.
    HoldPosted {
        /// How much of it, in minor units.
        amount_minor: i64,
        /// The hold.
        hold: HoldId,
    },
    /// A hold was given up.
    HoldVoided {
        /// The hold.
        hold: HoldId,
    },
    /// A hold's time ran out.
    HoldExpired {
        /// The hold.
        hold: HoldId,
    },
    /// A timer was set.
    TimerSet(Timer),
    /// A timer was cleared, run or not.
    TimerCleared(Timer),
    /// A record was taken back by this one.
    Reversed {
        /// Why.
        reason: String,
        /// The record's number in the cell.
        seq: u64,
    },
    /// A month's books were closed.
    MonthClosed {
        /// The hash over its trial balance.
        #[serde(with = "codec::hex_hash")]
        closing_hash: Hash,
        /// The month.
        month: Month,
    },
    /// Something must be done in another village.
    MessageQueued(Message),
    /// The village left its cell.
    CellLeft {
        /// The digest of everything it took along.
        #[serde(with = "codec::hex_hash")]
        snapshot: Hash,
        /// Where it went.
        to: CellId,
    },
    /// The village entered a cell.
    CellEntered {
        /// Where it came from.
        from: CellId,
        /// The record with which it left there.
        left_at_seq: u64,
        /// The digest of everything it brought along.
        #[serde(with = "codec::hex_hash")]
        snapshot: Hash,
    },
}

/// Something to be done at a moment, by the clock, through a command like any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Timer {
    /// When.
    pub due_at: Instant,
    /// What.
    pub kind: TimerKind,
    /// The bits of the id of what it is about.
    #[serde(with = "subject_hex")]
    pub subject: u128,
}

mod subject_hex {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bits: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{bits:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<u128, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        let wrong = || serde::de::Error::custom("a subject reads as 32 hexadecimal digits");
        crate::id::parse_hex_u128(&text).ok_or_else(wrong)
    }
}

/// The kinds of timers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// Ends a hold.
    ExpireHold,
    /// Something about a listing is due.
    Listing,
    /// Something about an order is due.
    Order,
    /// Something about a parcel is due.
    Parcel,
    /// Something about a dispute is due.
    Dispute,
    /// Something about a group purchase is due.
    Group,
    /// Something about a pool is due.
    Pool,
    /// Something about a borrower's loans is due.
    Credit,
    /// Something about a season window is due.
    Season,
    /// Something about boxes ordered ahead is due.
    Preorder,
    /// A vote is counted.
    Vote,
}

impl TimerKind {
    /// All kinds.
    pub const ALL: [Self; 11] = [
        Self::ExpireHold,
        Self::Listing,
        Self::Order,
        Self::Parcel,
        Self::Dispute,
        Self::Group,
        Self::Pool,
        Self::Credit,
        Self::Season,
        Self::Preorder,
        Self::Vote,
    ];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExpireHold => "expire_hold",
            Self::Listing => "listing",
            Self::Order => "order",
            Self::Parcel => "parcel",
            Self::Dispute => "dispute",
            Self::Group => "group",
            Self::Pool => "pool",
            Self::Credit => "credit",
            Self::Season => "season",
            Self::Preorder => "preorder",
            Self::Vote => "vote",
        }
    }

    /// The kind with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// A message to another village, delivered at least once and applied exactly once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Message {
    /// The second step of sending money to another village.
    ReceiveMoney {
        /// How much, in minor units.
        amount_minor: i64,
        /// Who sent it.
        from: PartyId,
        /// Who shall have it.
        to: PartyId,
        /// The village of the receiver.
        to_village: VillageId,
    },
    /// A household is to be told something about its loan.
    Notice {
        /// The household.
        borrower: PartyId,
        /// What.
        notice: Notice,
        /// Its village.
        to_village: VillageId,
    },
    /// News for everybody who promised or ordered ahead: picking begins later.
    SeasonDelayed {
        /// By how many days.
        days: u32,
        /// The first day of picking now.
        from: Date,
        /// Why.
        reason: String,
        /// Which season window.
        season: SeasonId,
    },
}

/// One row of the journal: what a command asked, what it did, what was answered. Its canonical
/// JSON is the payload that the chain seals, and the answer that is repeated for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Who acted.
    pub actor: Actor,
    /// When it was decided, by the server's clock; never goes back within a cell.
    pub at: Instant,
    /// The hash of the command, to tell a repeat from another command under the same key.
    #[serde(with = "codec::hex_hash")]
    pub body_hash: Hash,
    /// The cell.
    pub cell: CellId,
    /// What it did; empty for a refusal.
    pub effects: Vec<Effect>,
    /// The idempotency key.
    pub key: CommandId,
    /// The command's name.
    pub kind: String,
    /// Why it was refused, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
    /// Its number in the cell, from 1 without holes.
    pub seq: u64,
    /// The village.
    pub village: VillageId,
}

impl Record {
    /// The legs it posted, if it moved money.
    pub fn legs(&self) -> &[Leg] {
        let posted = self.effects.iter().find_map(|effect| match effect {
            Effect::Posted { legs, .. } => Some(legs.as_slice()),
            _ => None,
        });
        posted.unwrap_or_default()
    }
}
