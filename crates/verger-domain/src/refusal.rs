//! Every "no": one enum per family, variants in the order of the checks. Codes are stable; the
//! sentences for people are in the language files of the web crate.

mod credit;

use serde::{Deserialize, Serialize};

pub use credit::CreditRefusal;

use crate::id::{HoldId, ListingId, LotId, PartyId, PoolId, SeasonId, TokenId, VillageId, VoteId};
use crate::ledger::AccountKey;
use crate::market::listing::Photo;
use crate::party::{Module, PartyKind};
use crate::policy::PolicyError;
use crate::time::{Date, Instant, Month};

/// Why a command is refused. Each is an outcome that a person can be told, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A rule of the ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerRefusal),
    /// A rule about villages, parties, goods and tokens.
    #[error(transparent)]
    Party(#[from] PartyRefusal),
    /// A rule of the counter.
    #[error(transparent)]
    Till(#[from] TillRefusal),
    /// A rule of the market.
    #[error(transparent)]
    Market(#[from] MarketRefusal),
    /// A rule of credit.
    #[error(transparent)]
    Credit(#[from] CreditRefusal),
}

/// Why the ledger refuses. Each command checks in the order of the variants, but for its own ids
/// and days, which come first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum LedgerRefusal {
    /// Too few or too many lines.
    #[error("a posting has 2 to {max} lines, not {count}")]
    LineCount {
        /// How many there were.
        count: usize,
        /// How many there may be.
        max: usize,
    },
    /// Nothing to move.
    #[error("an amount is not zero")]
    AmountZero,
    /// Below zero where only a positive amount makes sense.
    #[error("an amount is above zero, not {amount_minor}")]
    AmountNegative {
        /// The amount.
        amount_minor: i64,
    },
    /// Above the programme's largest amount.
    #[error("{amount_minor} is more than the largest amount, {max_minor}")]
    AmountTooLarge {
        /// The amount.
        amount_minor: i64,
        /// The largest.
        max_minor: i64,
    },
    /// The lines do not sum to zero.
    #[error("the lines are off by {off_by_minor}")]
    NotBalanced {
        /// By how much, debit positive.
        off_by_minor: i64,
    },
    /// Both sides are the same account.
    #[error("both sides are account {account}")]
    SameAccount {
        /// The account.
        account: AccountKey,
    },
    /// No such account in this village.
    #[error("account {account} is not open")]
    AccountUnknown {
        /// The account.
        account: AccountKey,
    },
    /// It is open already.
    #[error("account {account} is open already")]
    AccountExists {
        /// The account.
        account: AccountKey,
    },
    /// Its key does not fit the chart, or it opens only with its party.
    #[error("account {account} cannot be opened by itself")]
    AccountNotOpenable {
        /// The account.
        account: AccountKey,
    },
    /// The account holds another currency.
    #[error("the books are kept in {expected}, not in {given}")]
    CurrencyMismatch {
        /// The village's currency.
        expected: String,
        /// The currency given.
        given: String,
    },
    /// The day has not come.
    #[error("{effective_on} is after today, {today}")]
    EffectiveInFuture {
        /// The day given.
        effective_on: Date,
        /// Today.
        today: Date,
    },
    /// The month is closed.
    #[error("{effective_on} lies in a closed month; the books are closed through {closed_through}")]
    PeriodClosed {
        /// The last closed month.
        closed_through: Month,
        /// The day given.
        effective_on: Date,
    },
    /// Too long ago.
    #[error("{effective_on} is more than {days_max} days ago")]
    EffectiveTooOld {
        /// How many days back are allowed.
        days_max: u32,
        /// The day given.
        effective_on: Date,
    },
    /// There is not enough on the account.
    #[error("account {account} has {available_minor} available")]
    InsufficientAvailable {
        /// The account.
        account: AccountKey,
        /// What it has, in minor units.
        available_minor: i64,
    },
    /// A counter would overflow.
    #[error("the sum on account {account} is out of range")]
    OutOfRange {
        /// The account.
        account: AccountKey,
    },
    /// The id is used.
    #[error("{hold} was used before")]
    HoldExists {
        /// The hold.
        hold: HoldId,
    },
    /// The end is not within the allowed time.
    #[error("a hold ends within {seconds_max} seconds from now")]
    HoldTime {
        /// The longest time.
        seconds_max: u32,
    },
    /// No such hold in this village.
    #[error("there is no {hold}")]
    HoldUnknown {
        /// The hold.
        hold: HoldId,
    },
    /// It was posted before.
    #[error("{hold} is posted already")]
    AlreadyPosted {
        /// The hold.
        hold: HoldId,
    },
    /// It was given up before.
    #[error("{hold} is voided already")]
    AlreadyVoided {
        /// The hold.
        hold: HoldId,
    },
    /// Its time ran out.
    #[error("{hold} is expired already")]
    AlreadyExpired {
        /// The hold.
        hold: HoldId,
    },
    /// More than is held.
    #[error("{hold} holds {held_minor}")]
    ExceedsPending {
        /// What is held, in minor units.
        held_minor: i64,
        /// The hold.
        hold: HoldId,
    },
    /// No such record here, or none that an opposite posting could undo.
    #[error("record {seq} is not a posting of this village that can be taken back")]
    RecordUnknown {
        /// The record.
        seq: u64,
    },
    /// It was taken back before.
    #[error("record {seq} is reversed by record {by_seq} already")]
    AlreadyReversed {
        /// The record that took it back.
        by_seq: u64,
        /// The record.
        seq: u64,
    },
    /// Months close one after the other.
    #[error("the next month to close is {next}")]
    MonthNotNext {
        /// The month to close next.
        next: Month,
    },
    /// The month is not over.
    #[error("{month} is not over yet")]
    MonthNotOver {
        /// The month.
        month: Month,
    },
    /// A hold should have ended and has not.
    #[error("{hold} is past its time and still pending")]
    HoldOverdue {
        /// The hold.
        hold: HoldId,
    },
    /// The books are off; nothing may be closed before this is found.
    #[error("the trial balance is off by {off_by_minor}")]
    TrialBalanceOff {
        /// By how much, debit positive.
        off_by_minor: i64,
    },
}

/// Why a registration is refused, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum PartyRefusal {
    /// No such village.
    #[error("there is no village {village}")]
    VillageUnknown {
        /// The village.
        village: VillageId,
    },
    /// The number is taken.
    #[error("village {village} is registered already")]
    VillageExists {
        /// The village.
        village: VillageId,
    },
    /// The policy breaks one of its own rules.
    #[error("policy field {field} {problem}")]
    PolicyInvalid {
        /// Which field, as in the file.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The policy is not newer than the one in force.
    #[error("policy version {version} is not newer than {current}")]
    PolicyNotNewer {
        /// The version in force.
        current: u32,
        /// The version offered.
        version: u32,
    },
    /// One person alone may not do this.
    #[error("two different persons of the staff must agree")]
    SecondPersonNeeded,
    /// The actor may not do this at all.
    #[error("this is not for {actor}")]
    NotAllowed {
        /// Who tried.
        actor: String,
    },
    /// No such party in this village.
    #[error("there is no {party} here")]
    PartyUnknown {
        /// The party.
        party: PartyId,
    },
    /// The id is used.
    #[error("{party} is registered already")]
    PartyExists {
        /// The party.
        party: PartyId,
    },
    /// The short code is taken in this village.
    #[error("the code {taken} is taken")]
    CodeTaken {
        /// The code.
        taken: String,
    },
    /// The party is of the wrong kind for this.
    #[error("{party} is not a {expected:?}")]
    WrongKind {
        /// What is needed.
        expected: PartyKind,
        /// The party.
        party: PartyId,
    },
    /// A member needs a household; others have none.
    #[error("a member belongs to a household of the village")]
    HouseholdNeeded,
    /// A name is missing or too long.
    #[error("a name has 1 to 200 characters")]
    NameLength,
    /// A price or weight is out of range.
    #[error("{field} is between 1 and {max}")]
    NumberRange {
        /// Which one.
        field: String,
        /// The largest.
        max: i64,
    },
    /// No such token in this village.
    #[error("there is no {token}")]
    TokenUnknown {
        /// The token.
        token: TokenId,
    },
    /// The id is used.
    #[error("{token} is in use already")]
    TokenExists {
        /// The token.
        token: TokenId,
    },
    /// A token ends in the future and can do something.
    #[error("a token ends in the future and has at least one scope")]
    TokenUseless,
    /// The village is not where the command says.
    #[error("the village is not in that cell")]
    WrongCell,
}

impl From<PolicyError> for PartyRefusal {
    fn from(PolicyError { field, problem }: PolicyError) -> Self {
        Self::PolicyInvalid { field, problem }
    }
}

/// Why the counter refuses, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum TillRefusal {
    /// The agent has not passed the module this takes.
    #[error("this needs training module {module:?}")]
    NeedsModule {
        /// The module.
        module: Module,
    },
    /// No agent serves his own household.
    #[error("an agent does not serve his own household")]
    OwnHousehold,
    /// The proof is not by the wallet's owner or a member of its household.
    #[error("the agreement must come from the wallet's own people")]
    ProofNotTheirs,
    /// Too many wrong PINs.
    #[error("the PIN is locked until {locked_until:?}")]
    PinLocked {
        /// From when it may be tried again.
        locked_until: Instant,
    },
    /// There is a PIN already; a new one needs the old.
    #[error("the old PIN is needed")]
    OldPinNeeded,
    /// The PIN was not the member's.
    #[error("the PIN is wrong; {tries_left} tries are left")]
    WrongPin {
        /// How many more tries before it locks.
        tries_left: u32,
    },
}

/// Why the market refuses, in order of precedence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum MarketRefusal {
    /// No such thing in this village, or none that the actor may know of.
    #[error("there is no {subject} here")]
    SubjectUnknown {
        /// Its id.
        subject: String,
    },
    /// The id is used.
    #[error("{subject} is there already")]
    SubjectExists {
        /// Its id.
        subject: String,
    },
    /// It has changed since it was seen.
    #[error("it has changed: it is at version {version} now")]
    Stale {
        /// The version now.
        version: u32,
    },
    /// Not in this phase.
    #[error("this cannot be done while it is {phase}")]
    IllegalTransition {
        /// What can be done now.
        allowed: Vec<String>,
        /// Where it is.
        phase: String,
    },
    /// The agent may not serve for now.
    #[error("the agent is suspended")]
    AgentSuspended,
    /// An agent on probation serves smaller orders.
    #[error("an agent on probation serves up to {max_minor}")]
    ProbationLimit {
        /// The largest order, or the most cash in the drawer, in minor units.
        max_minor: i64,
    },
    /// A number is out of range.
    #[error("{field} is between {min} and {max}")]
    OutOfRangeNumber {
        /// Which one.
        field: String,
        /// The largest.
        max: i64,
        /// The smallest.
        min: i64,
    },
    /// A list is empty or too long.
    #[error("{field} has between 1 and {max} entries")]
    ListLength {
        /// Which one.
        field: String,
        /// The most.
        max: usize,
    },
    /// A text is empty or too long.
    #[error("{field} has between 1 and {max} characters")]
    TextLength {
        /// Which one.
        field: String,
        /// The most.
        max: usize,
    },
    /// The listing lacks something that a buyer must see.
    #[error("the listing lacks {missing}")]
    ListingIncomplete {
        /// What.
        missing: String,
    },
    /// It is not on sale.
    #[error("{listing} is not on sale")]
    NotOnSale {
        /// Which.
        listing: ListingId,
    },
    /// It is not in season.
    #[error("{listing} is in season from {from} to {to}")]
    OutOfSeason {
        /// The first day.
        from: Date,
        /// Which.
        listing: ListingId,
        /// The last day.
        to: Date,
    },
    /// Less is left than was wanted.
    #[error("of {listing} {available} are left")]
    SoldOut {
        /// How many.
        available: i64,
        /// Which.
        listing: ListingId,
    },
    /// The lines do not belong into one order.
    #[error("one order takes goods of one direction, and a purchase those of one supplier")]
    MixedOrder,
    /// Exactly what is due can be paid here.
    #[error("{due_minor} is due")]
    AmountNotDue {
        /// How much, in minor units.
        due_minor: i64,
    },
    /// The orders of a batch are not of one household.
    #[error("the orders are of more than one household")]
    MixedBatch,
    /// What was packed is not what was sold.
    #[error("{packed_g} g are packed, between {min_g} and {max_g} were sold")]
    PackedWeight {
        /// The most.
        max_g: i64,
        /// The least.
        min_g: i64,
        /// What was packed.
        packed_g: i64,
    },
    /// The time for this is over.
    #[error("this could be done until {ended_at:?}")]
    WindowOver {
        /// When it ended.
        ended_at: Instant,
    },
    /// The promised day is over already.
    #[error("{due_on} is before today, {today}")]
    DueInPast {
        /// The day given.
        due_on: Date,
        /// Today.
        today: Date,
    },
    /// These goods have no right of return without a reason.
    #[error("these goods cannot be returned without a reason")]
    NoChangeOfMind,
    /// A picture is needed.
    #[error("at least one picture is needed")]
    PhotoNeeded,
    /// The picture served as proof before.
    #[error("the picture was used before")]
    PhotoReused {
        /// Its digest.
        photo: Photo,
    },
    /// More is asked than is left.
    #[error("at most {max_minor} can go back")]
    ClaimTooLarge {
        /// How much, in minor units.
        max_minor: i64,
    },
    /// A line is disputed already, released, or not there.
    #[error("line {line} cannot be disputed")]
    LineNotDisputable {
        /// Which, from 0.
        line: u8,
    },
    /// The witness, panelist or proxy is too close.
    #[error("{party} is too close to one of the sides")]
    NotIndependent {
        /// Who.
        party: PartyId,
    },
    /// The parcel is not in these hands.
    #[error("the parcel is with {holder}")]
    NotTheHolder {
        /// Who has it.
        holder: PartyId,
    },
    /// The pickup code is not this parcel's.
    #[error("the code is wrong; {tries_left} tries are left")]
    WrongCode {
        /// How many more tries before it locks.
        tries_left: u32,
    },
    /// Too many wrong pickup codes.
    #[error("the code is locked until {locked_until:?}")]
    CodeLocked {
        /// From when it may be tried again.
        locked_until: Instant,
    },
    /// The count is not the manifest's.
    #[error("the manifest names {expected} parcels, {counted} were counted")]
    CountDiffers {
        /// How many were counted.
        counted: u32,
        /// How many the manifest names.
        expected: u32,
    },
    /// The drawer is not open, or another agent answers for it.
    #[error("the drawer is not open by this agent")]
    TillNotOpen,
    /// The drawer is open already.
    #[error("the drawer is open already")]
    TillIsOpen,
    /// Too few joined so far to close.
    #[error("{quantity} pieces of {needed} are ordered")]
    TierNotReached {
        /// The least.
        needed: u32,
        /// So many are ordered.
        quantity: u32,
    },
    /// The scale's last calibration is too old, or in the future.
    #[error("the scale was calibrated on {calibrated_on}")]
    ScaleNotCalibrated {
        /// When it was.
        calibrated_on: Date,
    },
    /// The grades do not sum to the net weight.
    #[error("{graded_g} g are graded, {net_g} g were weighed")]
    GradesDiffer {
        /// What was graded.
        graded_g: i64,
        /// What was weighed.
        net_g: i64,
    },
    /// The pool is of another variety, grade or window.
    #[error("the lot does not belong into {pool}")]
    NotItsPool {
        /// The pool.
        pool: PoolId,
    },
    /// The weight or the grades of a lot are in doubt.
    #[error("{lot} is in doubt until it is weighed again")]
    LotContested {
        /// The lot.
        lot: LotId,
    },
    /// Less of a lot is there than was wanted, or more of it is packed already.
    #[error("{left_g} g of {lot} are there, or are packed already")]
    LotTooSmall {
        /// How much, in grams.
        left_g: i64,
        /// The lot.
        lot: LotId,
    },
    /// A box names a household that did not bring the lot.
    #[error("{lot} is not the fruit of {maker}")]
    NotOfLot {
        /// The lot.
        lot: LotId,
        /// The household.
        maker: PartyId,
    },
    /// What was picked first is packed first.
    #[error("fruit of {day} is there and is packed first")]
    NotFirstIn {
        /// The day whose fruit comes first.
        day: Date,
    },
    /// Orders that were packed out of the pool are not over.
    #[error("{count} orders of the pool are not over")]
    OrdersOpen {
        /// How many.
        count: u32,
    },
    /// No member's promise backs so many boxes.
    #[error("promises back {boxes_left} more boxes")]
    PromisesTooFew {
        /// How many more there are.
        boxes_left: i64,
        /// The season window.
        season: SeasonId,
    },
    /// The variety has a season window that is not over.
    #[error("{season} of this variety is not over")]
    SeasonRunning {
        /// The window.
        season: SeasonId,
    },
    /// Only members decide, and of some things only the board.
    #[error("{party} is not of the members who may do this")]
    NotMember {
        /// Who.
        party: PartyId,
    },
    /// A vote that was carried is needed, about this, and not carried out before.
    #[error("{vote} does not allow this")]
    VoteNeeded {
        /// The vote that was named.
        vote: VoteId,
    },
    /// The members decided it by a vote.
    #[error("the members decided this by {vote}")]
    DecidedByVote {
        /// Which.
        vote: VoteId,
    },
    /// The reserve has nothing for it, or nothing is to be covered.
    #[error("nothing can be covered of {carried_minor}")]
    NothingToCover {
        /// What the pool carries, in minor units.
        carried_minor: i64,
    },
    /// Nothing can be paid out of this account.
    #[error("nothing is paid out of account {account}")]
    NotPayable {
        /// The account.
        account: AccountKey,
    },
}

impl Refusal {
    /// The stable key for the API, the translations and the statistics: the variant's name.
    pub fn code(&self) -> String {
        self.parts().0
    }

    /// The numbers and names of this refusal, for its sentence: field and value.
    pub fn details(&self) -> serde_json::Map<String, serde_json::Value> {
        self.parts().1
    }

    /// The field of the request that the refusal is about, where it is about one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::Ledger(refusal) => ledger_field(refusal),
            Self::Party(refusal) => party_field(refusal),
            Self::Till(TillRefusal::WrongPin { .. } | TillRefusal::PinLocked { .. }) => Some("pin"),
            Self::Till(TillRefusal::ProofNotTheirs) => Some("member"),
            Self::Till(_) => None,
            Self::Market(refusal) => market_field(refusal),
            Self::Credit(refusal) => credit::field(refusal),
        }
    }

    fn parts(&self) -> (String, serde_json::Map<String, serde_json::Value>) {
        use serde_json::Value;
        let family = serde_json::to_value(self).expect("a refusal is plain data");
        let Value::Object(family) = family else { return (String::new(), serde_json::Map::new()) };
        match family.into_iter().next() {
            Some((_, Value::String(code))) => (code, serde_json::Map::new()),
            Some((_, Value::Object(variant))) => match variant.into_iter().next() {
                Some((code, Value::Object(details))) => (code, details),
                _ => (String::new(), serde_json::Map::new()),
            },
            _ => (String::new(), serde_json::Map::new()),
        }
    }
}

fn ledger_field(refusal: &LedgerRefusal) -> Option<&'static str> {
    use LedgerRefusal as R;
    match refusal {
        R::LineCount { .. } | R::NotBalanced { .. } => Some("lines"),
        R::AmountZero
        | R::AmountNegative { .. }
        | R::AmountTooLarge { .. }
        | R::InsufficientAvailable { .. }
        | R::OutOfRange { .. }
        | R::ExceedsPending { .. } => Some("amount_minor"),
        R::SameAccount { .. }
        | R::AccountUnknown { .. }
        | R::AccountExists { .. }
        | R::AccountNotOpenable { .. } => Some("account"),
        R::CurrencyMismatch { .. } => Some("currency"),
        R::EffectiveInFuture { .. } | R::PeriodClosed { .. } | R::EffectiveTooOld { .. } => {
            Some("effective_on")
        }
        R::HoldTime { .. } => Some("expires_at"),
        R::HoldExists { .. } | R::HoldUnknown { .. } => Some("hold"),
        R::RecordUnknown { .. } | R::AlreadyReversed { .. } => Some("seq"),
        R::MonthNotNext { .. } | R::MonthNotOver { .. } => Some("month"),
        R::AlreadyPosted { .. }
        | R::AlreadyVoided { .. }
        | R::AlreadyExpired { .. }
        | R::HoldOverdue { .. }
        | R::TrialBalanceOff { .. } => None,
    }
}

fn party_field(refusal: &PartyRefusal) -> Option<&'static str> {
    use PartyRefusal as R;
    match refusal {
        R::VillageUnknown { .. } | R::VillageExists { .. } => Some("village"),
        R::PolicyNotNewer { .. } => Some("version"),
        R::PolicyInvalid { .. } => Some("policy"),
        R::SecondPersonNeeded => Some("approved_by"),
        R::PartyUnknown { .. } | R::PartyExists { .. } | R::WrongKind { .. } => Some("party"),
        R::CodeTaken { .. } => Some("code"),
        R::HouseholdNeeded => Some("household"),
        R::NameLength => Some("name"),
        R::TokenUnknown { .. } | R::TokenExists { .. } | R::TokenUseless => Some("token"),
        R::NumberRange { .. } | R::NotAllowed { .. } | R::WrongCell => None,
    }
}

fn market_field(refusal: &MarketRefusal) -> Option<&'static str> {
    use MarketRefusal as R;
    match refusal {
        R::Stale { .. } => Some("version"),
        R::DueInPast { .. } => Some("due_on"),
        R::NotOnSale { .. } | R::OutOfSeason { .. } | R::SoldOut { .. } | R::MixedOrder => {
            Some("lines")
        }
        R::AmountNotDue { .. } | R::ProbationLimit { .. } => Some("amount_minor"),
        R::MixedBatch => Some("orders"),
        R::PackedWeight { .. }
        | R::LotTooSmall { .. }
        | R::NotOfLot { .. }
        | R::NotFirstIn { .. }
        | R::PromisesTooFew { .. } => Some("boxes"),
        R::PhotoNeeded | R::PhotoReused { .. } => Some("photos"),
        R::ClaimTooLarge { .. } | R::LineNotDisputable { .. } | R::NoChangeOfMind => Some("claim"),
        R::WrongCode { .. } | R::CodeLocked { .. } => Some("code"),
        R::CountDiffers { .. } => Some("counted"),
        R::NotPayable { .. } => Some("payees"),
        R::NotIndependent { .. } => Some("proof"),
        R::ScaleNotCalibrated { .. } => Some("calibrated_on"),
        R::GradesDiffer { .. } => Some("graded"),
        R::NotItsPool { .. } => Some("pools"),
        R::SeasonRunning { .. } => Some("variety"),
        R::NotMember { .. } => Some("member"),
        R::VoteNeeded { .. } => Some("vote"),
        R::SubjectUnknown { .. }
        | R::SubjectExists { .. }
        | R::IllegalTransition { .. }
        | R::AgentSuspended
        | R::OutOfRangeNumber { .. }
        | R::ListLength { .. }
        | R::TextLength { .. }
        | R::ListingIncomplete { .. }
        | R::WindowOver { .. }
        | R::NotTheHolder { .. }
        | R::LotContested { .. }
        | R::OrdersOpen { .. }
        | R::DecidedByVote { .. }
        | R::NothingToCover { .. }
        | R::TillNotOpen
        | R::TillIsOpen
        | R::TierNotReached { .. } => None,
    }
}
