//! Every input: who wants what, where, under which key. Owns the shapes; must not decide anything.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::codec::{self, Hash};
use crate::credit::CreditCommand;
use crate::effect::Timer;
use crate::id::{
    CommandId, DisputeId, GroupId, HoldId, ListingId, LotId, OrderId, ParcelId, PartyId, PoolId,
    ReceiptId, SeasonId, TillId, TokenId, TripId, VillageId, VoteId,
};
use crate::ledger::{AccountKey, Line};
use crate::market::command::{
    CooperativeCommand, DisputeCommand, GroupCommand, ListingCommand, LotCommand, OrderCommand,
    OrdersCommand, ParcelCommand, PoolCommand, PreorderCommand, SeasonCommand, TillCommand,
    TripCommand, VoteCommand,
};
use crate::market::listing::Photo;
use crate::party::{Duty, Module, Party, Profile, Token, Village};
use crate::policy::Policy;
use crate::time::{Date, Instant, Month};
use crate::trust::TrustCommand;

/// Gives each variant its name in the journal and in metrics.
macro_rules! kinds {
    ($command:ident { $($variant:ident $name:literal,)* }) => {
        impl $command {
            /// The command's name in the journal and in metrics.
            pub const fn kind(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $name,)* }
            }

            /// The names of all of them.
            pub const KINDS: &'static [&'static str] = &[$($name),*];
        }
    };
}

pub(crate) use kinds;

/// One wish to change something. The client makes the id once and repeats it when in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The idempotency key, for ever.
    pub id: CommandId,
    /// The village it concerns.
    pub village: VillageId,
    /// Who wants it.
    pub actor: Actor,
    /// What is wanted.
    pub body: Body,
}

impl Command {
    /// The hash that tells a repeated command from another one under the same key. It covers the
    /// village, the actor and the body, not the time of asking.
    pub fn body_hash(&self) -> Hash {
        #[derive(Serialize)]
        struct Hashed<'a> {
            actor: Actor,
            body: &'a Body,
            village: VillageId,
        }
        let hashed = Hashed { actor: self.actor, body: &self.body, village: self.village };
        codec::sha256(&codec::to_bytes(&hashed))
    }
}

/// Who acts. Text form: a party's id, `clock` or `system`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    /// A person or firm, authenticated at the edge.
    Party(PartyId),
    /// The timer wheel.
    Clock,
    /// The operator's own machine: the command line, an import, the demo.
    System,
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party(party) => party.fmt(f),
            Self::Clock => f.write_str("clock"),
            Self::System => f.write_str("system"),
        }
    }
}
impl FromStr for Actor {
    type Err = crate::id::IdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "clock" => Ok(Self::Clock),
            "system" => Ok(Self::System),
            party => party.parse().map(Self::Party),
        }
    }
}
impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A person's own agreement, checked by the app before the command is made. No agent can make one:
/// the app builds it only from what the member typed (invariant I-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// How it was given.
    pub by: ProofBy,
    /// Who gave it.
    pub member: PartyId,
}

/// The ways to agree. None of them is in the agent's hands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofBy {
    /// The member's own PIN.
    Pin,
    /// A recorded yes, by the digest of the recording; kept for 90 days.
    Voice(Photo),
    /// The member's thumb, before a member of another household who proved it by his own PIN.
    Witness(PartyId),
}

/// One fact about an honest or dishonest operation, written with the money it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// With whom.
    pub counterparty: PartyId,
    /// Whether it speaks for the member.
    pub good: bool,
    /// Whether it takes back the same fact, which turned out otherwise.
    pub is_counter: bool,
    /// What happened.
    pub kind: EvidenceKind,
    /// Whom it concerns.
    pub member: PartyId,
    /// The order it comes from.
    pub order: Option<OrderId>,
    /// The value of the operation, in minor units, not negative.
    pub value_minor: i64,
}

/// What a piece of evidence is about. The trust index decides what each is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// Something sold and settled; a maker's part by its own grams.
    Sale,
    /// Something bought and paid.
    Purchase,
    /// A listing that a second person found honest, or that was rightly taken down.
    Listing,
    /// A paid order accepted in time, or called off without need.
    Acceptance,
    /// Goods handed to the carrier in time, or late.
    Dispatch,
    /// A parcel carried in time, or lost.
    Carriage,
    /// A parcel collected in time.
    Collection,
    /// An order of which the agent's commission vested.
    Service,
    /// An answer to a complaint; a late one speaks against.
    Answer,
    /// A ruling that somebody was dishonest.
    Ruling,
    /// A till that was closed with a gap.
    Till,
    /// A harvest that was promised and brought, or not.
    Promise,
    /// A weight that somebody doubted: a second weighing agreed with it, or not.
    Weighing,
}

impl EvidenceKind {
    /// The name in the journal and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sale => "sale",
            Self::Purchase => "purchase",
            Self::Listing => "listing",
            Self::Acceptance => "acceptance",
            Self::Dispatch => "dispatch",
            Self::Carriage => "carriage",
            Self::Collection => "collection",
            Self::Service => "service",
            Self::Answer => "answer",
            Self::Ruling => "ruling",
            Self::Till => "till",
            Self::Promise => "promise",
            Self::Weighing => "weighing",
        }
    }
}

/// What is wanted. Serialised only to be hashed: secrets and personal data are in it by digest or
/// salted, see [`Profile`] and [`PinSecret`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// Opens the books of a village under a policy.
    RegisterVillage {
        /// The policy in force from the first day.
        policy: Box<Policy>,
        /// The village.
        village: Village,
    },
    /// Puts a newer policy into force; two persons must agree.
    AdoptPolicy {
        /// The second person, of the staff like the actor.
        approved_by: PartyId,
        /// The policy.
        policy: Box<Policy>,
    },
    /// Makes a party known and opens its accounts.
    RegisterParty {
        /// The party.
        party: Party,
        /// Its names; kept beside the journal.
        profile: Profile,
    },
    /// Says what an agent may do: modules passed, probation, suspension, review.
    Certify {
        /// The agent.
        agent: PartyId,
        /// The modules passed.
        certified: BTreeSet<Module>,
        /// Probation, suspension and review.
        duty: Duty,
    },
    /// Gives a person a PIN, or a new one after the old was proved. Agents have one to sign in with,
    /// firms and staff a password; only a member's proves a household's consent (I-11).
    SetPin {
        /// The new PIN as a verifiable secret.
        pin: PinSecret,
        /// The member, or whoever else signs in.
        member: PartyId,
        /// The proof by the old PIN, needed when there is one.
        proof: Option<Proof>,
    },
    /// Counts a wrong PIN, so that guessing locks.
    ReportWrongPin {
        /// The person whose PIN was tried.
        member: PartyId,
    },
    /// Lets a person in who proved who he is: the session is a token that ends by itself.
    SignIn {
        /// The session, with the hash of its secret.
        token: Token,
    },
    /// Makes a bearer token known.
    IssueToken {
        /// The token, with the hash of its secret.
        token: Token,
    },
    /// Ends a bearer token.
    RevokeToken {
        /// The token.
        token: TokenId,
    },
    /// Opens an account that no registration opens: escrow, pool, loan.
    OpenAccount {
        /// Its key.
        account: AccountKey,
        /// What people call it.
        label: String,
    },
    /// Moves money by lines that sum to zero, and writes the facts that this completes.
    Post {
        /// The day it takes effect; today when absent.
        effective_on: Option<Date>,
        /// The facts that come with it.
        evidence: Vec<Evidence>,
        /// The lines, debit positive.
        lines: Vec<Line>,
        /// What it is for, such as `order.completed`.
        purpose: String,
    },
    /// Reserves money for a while.
    PlaceHold {
        /// How much, in minor units.
        amount_minor: i64,
        /// The account to be credited.
        credit: AccountKey,
        /// The account to be debited.
        debit: AccountKey,
        /// When it ends by itself.
        expires_at: Instant,
        /// The hold's id.
        hold: HoldId,
    },
    /// Moves a part or all of a hold and frees the rest.
    PostHold {
        /// How much, in minor units; all of it when absent.
        amount_minor: Option<i64>,
        /// The hold.
        hold: HoldId,
    },
    /// Gives a hold up.
    VoidHold {
        /// The hold.
        hold: HoldId,
    },
    /// Ends a hold whose time ran out; only the clock may.
    ExpireHold {
        /// When it was due.
        due_at: Instant,
        /// The hold.
        hold: HoldId,
    },
    /// Takes a posting back by its opposite; two persons must agree.
    Reverse {
        /// The second person, of the staff like the actor.
        approved_by: PartyId,
        /// Why, for the record.
        reason: String,
        /// Which record of the village's cell.
        seq: u64,
    },
    /// Closes the next month; December also closes the year.
    CloseMonth {
        /// The month.
        month: Month,
    },
    /// Takes cash from a person at the counter into a wallet.
    CashIn {
        /// How much, in minor units.
        amount_minor: i64,
        /// The shop whose drawer it goes into.
        shop: PartyId,
        /// Whose wallet grows.
        wallet: PartyId,
    },
    /// Pays cash out of a wallet at the counter, with the member's own proof.
    CashOut {
        /// How much, in minor units.
        amount_minor: i64,
        /// The member's own agreement.
        proof: Proof,
        /// The shop whose drawer it comes from.
        shop: PartyId,
        /// Whose wallet shrinks.
        wallet: PartyId,
    },
    /// Sends wallet money to a party of another village; the first of two steps.
    SendMoney {
        /// How much, in minor units.
        amount_minor: i64,
        /// Whose wallet shrinks.
        from: PartyId,
        /// The member's own agreement.
        proof: Proof,
        /// Whose wallet shall grow.
        to: PartyId,
        /// The village of the receiver.
        to_village: VillageId,
    },
    /// Receives what another village sent; the second step, made by the outbox relay.
    ReceiveMoney {
        /// How much, in minor units.
        amount_minor: i64,
        /// The sender, for a return.
        from: PartyId,
        /// The village that sent it.
        from_village: VillageId,
        /// Whose wallet grows.
        to: PartyId,
    },
    /// Something about a listing.
    Listing {
        /// What.
        command: ListingCommand,
        /// Which.
        listing: ListingId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about an order.
    Order {
        /// What.
        command: OrderCommand,
        /// Which.
        order: OrderId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about several purchases of one household or one supplier, all or none.
    Orders {
        /// What.
        command: OrdersCommand,
        /// Which.
        orders: BTreeSet<OrderId>,
    },
    /// Something about a parcel.
    Parcel {
        /// What.
        command: ParcelCommand,
        /// Which.
        parcel: ParcelId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a trip.
    Trip {
        /// What.
        command: TripCommand,
        /// Which.
        trip: TripId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a dispute.
    Dispute {
        /// What.
        command: DisputeCommand,
        /// Which.
        dispute: DisputeId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a group purchase.
    Group {
        /// What.
        command: GroupCommand,
        /// Which.
        group: GroupId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a lot.
    Lot {
        /// What.
        command: LotCommand,
        /// Which.
        lot: LotId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a pool.
    Pool {
        /// What.
        command: PoolCommand,
        /// Which.
        pool: PoolId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a season window.
    Season {
        /// What.
        command: SeasonCommand,
        /// Which.
        season: SeasonId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about boxes ordered ahead.
    Preorder {
        /// What.
        command: PreorderCommand,
        /// Which: the order that it becomes.
        preorder: OrderId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a cooperative.
    Cooperative {
        /// What.
        command: CooperativeCommand,
        /// Which, by its party.
        cooperative: PartyId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// Something about a vote of its members.
    Vote {
        /// What.
        command: VoteCommand,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
        /// Which.
        vote: VoteId,
    },
    /// Something about a till session.
    Till {
        /// What.
        command: TillCommand,
        /// Which.
        till: TillId,
        /// The version it was seen in; any when absent.
        version: Option<u32>,
    },
    /// The processor says that it received money for an order.
    ReceivePayment {
        /// How much, in minor units.
        amount_minor: i64,
        /// ISO 4217 code of its currency.
        currency: String,
        /// The order.
        order: OrderId,
        /// A keyed digest of the source it was paid from, where the processor tells.
        #[serde(with = "codec::opt_hex_hash")]
        payer: Option<Hash>,
        /// Its id, which follows from the processor's own.
        receipt: ReceiptId,
    },
    /// Says whose a source of payment is, so that an agent who pays for others is known.
    RegisterPayer {
        /// Whose.
        party: PartyId,
        /// Its keyed digest.
        #[serde(with = "codec::hex_hash")]
        payer: Hash,
    },
    /// The processor paid out to the bank what it had received, less its fee.
    SettleProcessor {
        /// What it kept.
        fee_minor: i64,
        /// What it had received.
        gross_minor: i64,
    },
    /// Pays suppliers, carriers or wallets out of the bank.
    PayOut {
        /// Whom, and how much in minor units.
        payees: Vec<(AccountKey, i64)>,
    },
    /// Something about trust that is not trade.
    Trust {
        /// What.
        command: TrustCommand,
    },
    /// Something about a household as a borrower.
    Credit {
        /// The household.
        borrower: PartyId,
        /// What.
        command: CreditCommand,
    },
    /// Sets aside what the village's loans are not worth.
    Provide {
        /// What shall be set aside, in minor units.
        target_minor: i64,
    },
    /// Does what a timer is for; only the clock may.
    TimeOut {
        /// The timer.
        timer: Timer,
    },
    /// Takes the village out of its cell, with everything it has. See `verger village move`.
    LeaveCell {
        /// The cell it goes to.
        to: crate::id::CellId,
    },
    /// Brings a village into its new cell.
    EnterCell {
        /// The cell it comes from.
        from: crate::id::CellId,
        /// The record with which it left there.
        left_at_seq: u64,
        /// The digest of everything it brings along, equal to the one it left with.
        #[serde(with = "codec::hex_hash")]
        snapshot: Hash,
    },
}

/// A PIN as the system knows it: never the digits.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PinSecret {
    /// A keyed digest of the PIN under the deployment's secret: tells a repeated command from
    /// another one, and cannot be guessed back without that secret.
    #[serde(with = "codec::hex_hash")]
    pub fingerprint: Hash,
    /// The argon2id hash in PHC form; stored beside the journal, never in it.
    #[serde(skip)]
    pub phc: String,
}

impl fmt::Debug for PinSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinSecret")
    }
}

impl Body {
    /// The command's name in the journal and in metrics.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::RegisterVillage { .. } => "register_village",
            Self::AdoptPolicy { .. } => "adopt_policy",
            Self::RegisterParty { .. } => "register_party",
            Self::Certify { .. } => "certify",
            Self::SetPin { .. } => "set_pin",
            Self::ReportWrongPin { .. } => "report_wrong_pin",
            Self::SignIn { .. } => "sign_in",
            Self::IssueToken { .. } => "issue_token",
            Self::RevokeToken { .. } => "revoke_token",
            Self::OpenAccount { .. } => "open_account",
            Self::Post { .. } => "post",
            Self::PlaceHold { .. } => "place_hold",
            Self::PostHold { .. } => "post_hold",
            Self::VoidHold { .. } => "void_hold",
            Self::ExpireHold { .. } => "expire_hold",
            Self::Reverse { .. } => "reverse",
            Self::CloseMonth { .. } => "close_month",
            Self::CashIn { .. } => "cash_in",
            Self::CashOut { .. } => "cash_out",
            Self::SendMoney { .. } => "send_money",
            Self::ReceiveMoney { .. } => "receive_money",
            Self::Listing { command, .. } => command.kind(),
            Self::Order { command, .. } => command.kind(),
            Self::Orders { command, .. } => command.kind(),
            Self::Parcel { command, .. } => command.kind(),
            Self::Trip { command, .. } => command.kind(),
            Self::Dispute { command, .. } => command.kind(),
            Self::Group { command, .. } => command.kind(),
            Self::Lot { command, .. } => command.kind(),
            Self::Pool { command, .. } => command.kind(),
            Self::Season { command, .. } => command.kind(),
            Self::Preorder { command, .. } => command.kind(),
            Self::Cooperative { command, .. } => command.kind(),
            Self::Vote { command, .. } => command.kind(),
            Self::Till { command, .. } => command.kind(),
            Self::ReceivePayment { .. } => "receive_payment",
            Self::RegisterPayer { .. } => "register_payer",
            Self::SettleProcessor { .. } => "settle_processor",
            Self::PayOut { .. } => "pay_out",
            Self::Trust { command } => command.kind(),
            Self::Credit { command, .. } => command.kind(),
            Self::Provide { .. } => "credit.provide",
            Self::TimeOut { .. } => "time_out",
            Self::LeaveCell { .. } => "leave_cell",
            Self::EnterCell { .. } => "enter_cell",
        }
    }
}
