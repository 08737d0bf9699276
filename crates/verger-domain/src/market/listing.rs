//! A listing: something of the catalogue that can be sold or bought, with its versions, its season
//! and its stock. Owns how an event changes it; must not know orders.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{ListingId, PartyId, PoolId, VillageId};
use crate::party::ShortCode;
use crate::time::{Date, Instant};

/// Where a listing is in its life. Sold out is derived from the stock, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingPhase {
    /// Being written.
    Draft,
    /// Waiting for a second person.
    Review,
    /// On sale.
    Live,
    /// Off sale for a while.
    Paused,
    /// Its season or its owner ended it.
    Ended,
    /// The county took it down.
    TakenDown,
}

impl ListingPhase {
    /// All phases.
    pub const ALL: [Self; 6] =
        [Self::Draft, Self::Review, Self::Live, Self::Paused, Self::Ended, Self::TakenDown];

    /// The name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Live => "live",
            Self::Paused => "paused",
            Self::Ended => "ended",
            Self::TakenDown => "taken_down",
        }
    }
}

/// How long a good lasts, and with that which returns and claims there are. Source: `30-market`
/// 2.3, demo village `return_classes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReturnClass {
    /// Animals: count and condition at the counter, claim within a day.
    #[serde(rename = "live")]
    Live,
    /// Fresh fruit and the like: claim within two days, no change of mind.
    #[serde(rename = "perishable")]
    Perishable,
    /// Sealed food: quality claim within two days.
    #[serde(rename = "food")]
    Food,
    /// Seven days without a reason.
    #[serde(rename = "7d")]
    Days7,
    /// Seven days without a reason if unopened.
    #[serde(rename = "7d-unopened")]
    Days7Unopened,
    /// Final once delivered.
    #[serde(rename = "virtual")]
    Virtual,
}

impl ReturnClass {
    /// Whether time spoils it: such orders confirm themselves soon and cannot be extended.
    pub const fn is_fresh(self) -> bool {
        matches!(self, Self::Live | Self::Perishable | Self::Food)
    }

    /// Whether the household may change its mind.
    pub const fn allows_change_of_mind(self) -> bool {
        matches!(self, Self::Days7 | Self::Days7Unopened)
    }
}

/// When a listing is in season, and how much is expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Season {
    /// How much is expected, in grams.
    pub expected_g: i64,
    /// The first day on which it can be bought.
    pub from: Date,
    /// The last one.
    pub to: Date,
}

impl Season {
    /// Whether the day lies in the season.
    pub fn contains(&self, day: Date) -> bool {
        (self.from..=self.to).contains(&day)
    }
}

/// What is there, and what of it is promised to orders, in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// Promised to orders that are not packed yet.
    pub held: i64,
    /// Physically there.
    pub on_hand: i64,
}

impl Stock {
    /// What can still be sold.
    pub const fn available(self) -> i64 {
        self.on_hand.saturating_sub(self.held)
    }
}

/// What its author writes. A change of it goes through review again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListingText {
    /// What kind of good it is, such as `feed`; sets the commission of purchases.
    pub category: String,
    /// Claims such as `organic`, each with the digest of the document that proves it.
    pub claims: BTreeMap<String, ClaimDocument>,
    /// How long it lasts, and which returns there are.
    pub class: ReturnClass,
    /// What the carrier asks for one, in minor units.
    pub freight_minor: i64,
    /// The grade, for fruit sold by grade.
    pub grade: Option<String>,
    /// The name in the local script.
    pub name: String,
    /// The name in English.
    pub name_latin: String,
    /// Further names by language, such as `fr`.
    pub names: BTreeMap<String, String>,
    /// Box and foam for one, in minor units.
    pub packaging_minor: i64,
    /// The digests of its pictures.
    pub photos: Vec<Photo>,
    /// The pool its proceeds go to; to the seller's own account when absent.
    pub pool: Option<PoolId>,
    /// When it can be bought.
    pub season: Option<Season>,
    /// Who sells it: the cooperative or a household outwards, a supplier inwards.
    pub seller: PartyId,
    /// What the township shop asks for the same good, where known.
    pub township_price_minor: Option<i64>,
    /// What one of it is, such as `box 2.5 kg`.
    pub unit: String,
    /// The variety, for fruit.
    pub variety: Option<String>,
    /// The weight of one, in grams.
    pub weight_g: i64,
}

pub use verger_rules::id::Photo;

/// The digest of the document behind a claim; absent while there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimDocument(pub Option<Photo>);

/// A listing of a village's catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// Until when its owner may appeal against its being taken down.
    pub appeal_until: Option<Instant>,
    /// Who wrote it, and so may not approve it.
    pub author: PartyId,
    /// The short code, unique among the listings of its village.
    pub code: ShortCode,
    /// When its timer is due.
    pub due_at: Option<Instant>,
    /// Its id.
    pub id: ListingId,
    /// Whether its owner has appealed against its being taken down.
    pub is_appealed: bool,
    /// Where it is in its life.
    pub phase: ListingPhase,
    /// The price of one, in minor units of the village's currency.
    pub price_minor: i64,
    /// Which price it is, from 1.
    pub price_version: u32,
    /// What is there; absent when it is ordered as needed.
    pub stock: Option<Stock>,
    /// What its author wrote.
    pub text: ListingText,
    /// How many events it has seen.
    pub version: u32,
    /// The village whose catalogue it is in.
    pub village: VillageId,
}

impl Listing {
    /// Whether nothing is left to sell.
    pub fn is_sold_out(&self) -> bool {
        self.stock.is_some_and(|stock| stock.available() <= 0)
    }

    /// Changes the listing as the event says.
    pub fn apply(&mut self, event: &ListingEvent) {
        // Stock moves with every order; who edits the text or the price need not know of that.
        if !matches!(event, ListingEvent::Stocked { .. }) {
            self.version = self.version.saturating_add(1);
        }
        match event {
            ListingEvent::Drafted(_) => {}
            ListingEvent::Edited(text) => {
                self.text = (**text).clone();
                self.phase = ListingPhase::Draft;
                // Neither the reviewers nor the season wait for a draft.
                self.due_at = None;
            }
            ListingEvent::Submitted { remind_at } => {
                self.phase = ListingPhase::Review;
                self.due_at = Some(*remind_at);
            }
            ListingEvent::Approved { ends_at } => {
                self.phase = ListingPhase::Live;
                self.due_at = *ends_at;
            }
            ListingEvent::Rejected { .. } => {
                self.phase = ListingPhase::Draft;
                self.due_at = None;
            }
            ListingEvent::Reminded => self.due_at = None,
            ListingEvent::Paused => self.phase = ListingPhase::Paused,
            ListingEvent::Resumed => self.phase = ListingPhase::Live,
            ListingEvent::Priced { price_minor } => {
                self.price_minor = *price_minor;
                self.price_version = self.price_version.saturating_add(1);
            }
            ListingEvent::Stocked { delta_held, delta_on_hand, .. } => {
                let stock = self.stock.get_or_insert_default();
                stock.held = stock.held.saturating_add(*delta_held);
                stock.on_hand = stock.on_hand.saturating_add(*delta_on_hand);
                assert!(stock.held >= 0 && stock.on_hand >= 0, "stock is counted, never owed");
            }
            ListingEvent::Ended => {
                self.phase = ListingPhase::Ended;
                self.due_at = None;
            }
            ListingEvent::TakenDown { appeal_until, .. } => {
                self.phase = ListingPhase::TakenDown;
                self.appeal_until = Some(*appeal_until);
                self.due_at = None;
            }
            ListingEvent::Appealed => self.is_appealed = true,
            ListingEvent::AppealJudged { is_won } => {
                self.is_appealed = false;
                self.appeal_until = None;
                if *is_won {
                    self.phase = ListingPhase::Live;
                }
            }
        }
    }
}

/// Something that happened to a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListingEvent {
    /// It was written down for the first time.
    Drafted(Box<Listing>),
    /// Its text was changed; it needs a review again.
    Edited(Box<ListingText>),
    /// It waits for a second person.
    Submitted {
        /// When the reviewers are reminded.
        remind_at: Instant,
    },
    /// A second person let it go on sale.
    Approved {
        /// When its season ends by itself.
        ends_at: Option<Instant>,
    },
    /// A second person sent it back.
    Rejected {
        /// Why.
        reason: String,
    },
    /// The reviewers were reminded.
    Reminded,
    /// It is off sale for a while.
    Paused,
    /// It is on sale again.
    Resumed,
    /// It has a new price; paid orders keep theirs.
    Priced {
        /// The price of one.
        price_minor: i64,
    },
    /// Pieces came, went, or were promised.
    Stocked {
        /// How many more are promised.
        delta_held: i64,
        /// How many more are there.
        delta_on_hand: i64,
        /// Why, such as `order.placed`.
        reason: String,
    },
    /// It will not be sold any more.
    Ended,
    /// The county took it down.
    TakenDown {
        /// Until when its owner may appeal.
        appeal_until: Instant,
        /// Why.
        reason: String,
    },
    /// Its owner appealed.
    Appealed,
    /// The appeal was decided.
    AppealJudged {
        /// Whether it goes on sale again.
        is_won: bool,
    },
}
