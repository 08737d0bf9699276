//! What can be asked of the market: one enum per subject. Owns the shapes; must not decide anything.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::dispute::{DisputeReason, Settlement};
use super::group::Tier;
use super::listing::{ListingText, Photo};
use super::order::PayBy;
use super::parcel::Content;
use super::review::Review;
use crate::codec::{self, Hash};
use crate::command::{Proof, kinds};
use crate::credit::command::DrawWish;
use crate::id::{ListingId, OrderId, ParcelId, PartyId, TripId};
use crate::party::{Party, Profile, ShortCode};
use crate::time::Date;

mod cooperative;

pub use cooperative::{
    CooperativeCommand, LotCommand, PoolCommand, PreorderCommand, SeasonCommand, VoteCommand,
};

/// What can be asked of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingCommand {
    /// Writes it down for the first time.
    Draft {
        /// The short code, unique among the listings of the village.
        code: ShortCode,
        /// The price of one.
        price_minor: i64,
        /// How many are there; absent when it is ordered as needed.
        stock: Option<i64>,
        /// What its author writes.
        text: Box<ListingText>,
    },
    /// Changes its text, which needs a review again.
    Edit {
        /// What its author writes.
        text: Box<ListingText>,
    },
    /// Asks a second person to look at it.
    Submit,
    /// Lets it go on sale.
    Approve,
    /// Sends it back.
    Reject {
        /// Why.
        reason: String,
    },
    /// Takes it off sale for a while.
    Pause,
    /// Puts it on sale again.
    Resume,
    /// Changes its price for orders to come.
    Price {
        /// The price of one.
        price_minor: i64,
    },
    /// Counts pieces in or out.
    Stock {
        /// How many more are there; negative when some went otherwise than by an order.
        delta: i64,
        /// Why.
        reason: String,
    },
    /// Ends it for good.
    End,
    /// Takes it down, by the county.
    TakeDown {
        /// Why.
        reason: String,
    },
    /// Asks the county to look again.
    Appeal,
    /// Decides the appeal.
    JudgeAppeal {
        /// Whether it goes on sale again.
        is_won: bool,
    },
}

kinds!(ListingCommand {
    Draft "listing.draft",
    Edit "listing.edit",
    Submit "listing.submit",
    Approve "listing.approve",
    Reject "listing.reject",
    Pause "listing.pause",
    Resume "listing.resume",
    Price "listing.price",
    Stock "listing.stock",
    End "listing.end",
    TakeDown "listing.take_down",
    Appeal "listing.appeal",
    JudgeAppeal "listing.judge_appeal",
});

/// Someone who buys for the first time, without an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// The buyer's party, registered with the order.
    pub party: Party,
    /// Name and address; kept beside the journal.
    pub profile: Profile,
}

/// One box as it is packed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Boxed {
    /// What is in it.
    pub contents: Vec<Content>,
    /// What is written on it.
    pub label: ShortCode,
    /// Its id.
    pub parcel: ParcelId,
    /// Its weight in grams, box and all.
    pub weight_g: i64,
}

/// What can be asked of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderCommand {
    /// Sale: orders goods and holds their stock.
    Place {
        /// The agent who sold it, if one did.
        agent: Option<PartyId>,
        /// Who buys.
        buyer: PartyId,
        /// The buyer's name and address at the first time.
        guest: Option<Box<Guest>>,
        /// What, and how many.
        lines: Vec<(ListingId, u32)>,
        /// How it is paid.
        pay_by: PayBy,
        /// SHA-256 of the secret in the buyer's link.
        #[serde(with = "codec::hex_hash")]
        secret_hash: Hash,
    },
    /// Sale: pays in cash at the counter.
    PayCash {
        /// How much, in minor units: exactly what is due.
        amount_minor: i64,
        /// The shop whose drawer it goes into.
        shop: PartyId,
    },
    /// Sale: the seller will deliver.
    Accept,
    /// Calls it off.
    Cancel {
        /// Whether something beyond the seller's power made it necessary.
        is_force_majeure: bool,
        /// Why.
        reason: String,
    },
    /// Closes the boxes: by the packer of a sale, by the supplier of a purchase.
    Pack {
        /// The boxes.
        boxes: Vec<Boxed>,
        /// Whether they go by surface post.
        by_surface: bool,
    },
    /// Sale: the buyer has it and is content.
    Confirm,
    /// Sale: the buyer needs more time, once.
    Extend,
    /// Purchase: asks for outside goods.
    Request {
        /// The agent who serves; absent when the household asks by itself.
        agent: Option<PartyId>,
        /// For which household.
        household: PartyId,
        /// What, and how many.
        lines: Vec<(ListingId, u32)>,
    },
    /// Purchase: tells the all-in price.
    Quote {
        /// The day on which it shall be at the shop.
        due_on: Date,
        /// The carrier's part of the price.
        freight_minor: i64,
    },
    /// Purchase: the household does not want it.
    Decline,
    /// Purchase: the supplier will deliver.
    SupplierAccept,
    /// Purchase: the supplier cannot.
    SupplierReject {
        /// Why.
        reason: String,
    },
    /// Gives money back after the release, out of the seller's and the agent's parts.
    Goodwill {
        /// How much.
        amount_minor: i64,
        /// Why.
        reason: String,
    },
    /// Sale: the buyer says how it was, once, after the money has gone where it belongs.
    Review {
        /// What he says.
        review: Review,
    },
}

kinds!(OrderCommand {
    Place "order.place",
    PayCash "order.pay_cash",
    Accept "order.accept",
    Cancel "order.cancel",
    Pack "order.pack",
    Confirm "order.confirm",
    Extend "order.extend",
    Request "order.request",
    Quote "order.quote",
    Decline "order.decline",
    SupplierAccept "order.supplier_accept",
    SupplierReject "order.supplier_reject",
    Goodwill "order.goodwill",
    Review "order.review",
});

/// What can be asked of several purchases at once, all or none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrdersCommand {
    /// The household agrees to the quotes of a basket.
    Consent {
        /// Its own agreement.
        proof: Proof,
    },
    /// The basket's price goes into escrow, from the wallet and cash together.
    Fund {
        /// What is paid in cash; the rest comes out of the household's wallet.
        cash_minor: i64,
        /// The shop whose drawer the cash goes into.
        shop: Option<PartyId>,
    },
    /// The same with a draw of the household on its credit, in one command: all of it or nothing.
    Borrow {
        /// What is paid in cash.
        cash_minor: i64,
        /// The draw, with the member's own agreement.
        draw: Box<DrawWish>,
        /// The shop whose drawer the cash goes into.
        shop: Option<PartyId>,
    },
    /// Goes to the supplier, with a trip if one is planned.
    Send {
        /// The trip it is wanted for.
        trip: Option<TripId>,
    },
}

kinds!(OrdersCommand { Consent "orders.consent", Fund "orders.fund", Borrow "orders.borrow", Send "orders.send", });

/// What can be asked of a parcel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ParcelCommand {
    /// The holder scans it out of his hands.
    Give {
        /// To whom.
        taker: PartyId,
    },
    /// Somebody scans it into his hands.
    Take {
        /// From whom.
        giver: PartyId,
        /// The keyed digest of the pickup code, when a shop takes it for a household.
        code_digest: Option<CodeDigest>,
        /// Who: a shop, a carrier, a supplier or the cooperative.
        taker: PartyId,
    },
    /// The carrier gave it to the buyer.
    Deliver,
    /// The household names somebody who may collect it.
    NameProxy {
        /// The household's own agreement.
        proof: Proof,
        /// Whom: a member of another household.
        proxy: PartyId,
    },
    /// Hands it to the household, after count and damage were looked at.
    PickUp {
        /// The keyed digest of the code that was typed.
        code_digest: CodeDigest,
        /// Who collects, if not the household itself.
        proxy: Option<PartyId>,
    },
    /// Counts a wrong pickup code, so that guessing locks.
    ReportWrongCode,
    /// Reports damage with pictures.
    ReportDamage {
        /// At least one.
        photos: Vec<Photo>,
    },
    /// Gives it up.
    DeclareLost,
    /// The carrier owes for it.
    AcceptClaim {
        /// How much: at most what the goods in it were sold for.
        amount_minor: i64,
    },
    /// The carrier paid what it owes for it.
    PayClaim,
}

/// A keyed digest of six digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CodeDigest(#[serde(with = "codec::hex_hash")] pub Hash);

kinds!(ParcelCommand {
    Give "parcel.give",
    Take "parcel.take",
    Deliver "parcel.deliver",
    NameProxy "parcel.name_proxy",
    PickUp "parcel.pick_up",
    ReportWrongCode "parcel.report_wrong_code",
    ReportDamage "parcel.report_damage",
    DeclareLost "parcel.declare_lost",
    AcceptClaim "parcel.accept_claim",
    PayClaim "parcel.pay_claim",
});

/// What can be asked of a trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TripCommand {
    /// Plans it.
    Plan {
        /// Who drives.
        carrier: PartyId,
    },
    /// Puts parcels on its manifest.
    Load {
        /// Which.
        parcels: Vec<ParcelId>,
    },
    /// It leaves.
    Depart {
        /// How many parcels were counted: as many as the manifest names.
        counted: u32,
    },
    /// It is there; what the manifest names and the count does not is missing.
    Arrive {
        /// The parcels that were there.
        counted: BTreeSet<ParcelId>,
    },
    /// Its cost is known.
    Close {
        /// How much.
        cost_minor: i64,
    },
}

kinds!(TripCommand {
    Plan "trip.plan",
    Load "trip.load",
    Depart "trip.depart",
    Arrive "trip.arrive",
    Close "trip.close",
});

/// What can be asked of a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DisputeCommand {
    /// Opens it and freezes its lines.
    Open {
        /// What its opener wants back.
        claim: Settlement,
        /// The order.
        order: OrderId,
        /// Pictures, never used before.
        photos: Vec<Photo>,
        /// What is wrong.
        reason: DisputeReason,
    },
    /// Takes it back.
    Withdraw,
    /// Gives the opener what he wants.
    Accept,
    /// Offers a part of it.
    Offer {
        /// What.
        settlement: Settlement,
    },
    /// Refuses, with proof.
    Refuse {
        /// At least one picture.
        photos: Vec<Photo>,
    },
    /// The opener takes the offer.
    Agree,
    /// Asks for a panel.
    Escalate,
    /// The goods of a return came back to the seller.
    ReceiveReturn {
        /// Who carried them back.
        carrier: PartyId,
        /// What that costs the buyer.
        freight_minor: i64,
    },
    /// Rules, by an operator of the county and a member of the cooperative.
    Rule {
        /// The pictures it rests on.
        cites: Vec<Photo>,
        /// Whom the panel found dishonest.
        dishonest: Option<PartyId>,
        /// The member's own agreement to the ruling.
        proof: Proof,
        /// What goes back.
        settlement: Settlement,
    },
    /// Asks for another panel, once.
    Appeal,
}

kinds!(DisputeCommand {
    Open "dispute.open",
    Withdraw "dispute.withdraw",
    Accept "dispute.accept",
    Offer "dispute.offer",
    Refuse "dispute.refuse",
    Agree "dispute.agree",
    Escalate "dispute.escalate",
    ReceiveReturn "dispute.receive_return",
    Rule "dispute.rule",
    Appeal "dispute.appeal",
});

/// What can be asked of a group purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupCommand {
    /// Opens it.
    Open {
        /// How long households may join, in hours.
        hours: u32,
        /// What is bought.
        listing: ListingId,
        /// Prices by quantity.
        tiers: Vec<Tier>,
    },
    /// A household joins, by its own proof.
    Join {
        /// Which household.
        household: PartyId,
        /// Its own agreement.
        proof: Proof,
        /// How many pieces.
        quantity: u32,
    },
    /// Closes it before its time.
    Close,
    /// Goes to the supplier.
    Order,
    /// Everything was handed out.
    HandOut,
    /// Calls it off: the supplier cannot deliver.
    CallOff {
        /// Why.
        reason: String,
    },
}

kinds!(GroupCommand {
    Open "group.open",
    Join "group.join",
    Close "group.close",
    Order "group.order",
    HandOut "group.hand_out",
    CallOff "group.call_off",
});

/// What can be asked of a till session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TillCommand {
    /// Opens the drawer with a count.
    Open {
        /// The cash in it, in minor units.
        counted_minor: i64,
        /// The shop.
        shop: PartyId,
    },
    /// Takes cash to the bank.
    Bank {
        /// How much.
        amount_minor: i64,
    },
    /// Closes it with a count.
    Close {
        /// The cash in it, in minor units.
        counted_minor: i64,
    },
    /// The staff has looked at it.
    Reconcile,
}

kinds!(TillCommand {
    Open "till.open",
    Bank "till.bank",
    Close "till.close",
    Reconcile "till.reconcile",
});

/// What a packing says of its makers: their grams over all boxes.
pub fn makers(boxes: &[Boxed]) -> BTreeMap<PartyId, i64> {
    let mut makers = BTreeMap::new();
    for content in boxes.iter().flat_map(|packed| &packed.contents) {
        let grams: &mut i64 = makers.entry(content.maker).or_default();
        *grams = grams.saturating_add(content.grams);
    }
    makers
}
