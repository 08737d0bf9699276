//! What a buyer says of what he bought: stars, and words out of a list. Owns what can be said; must
//! not know who may say it.
//!
//! There is no free text on purpose. A review stands on public pages in three languages and in the
//! journal for ever: words out of a list translate, need no moderator, and cannot hold a name
//! (I-12).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::id::{OrderId, VillageId};
use crate::time::Instant;

/// The most stars.
pub const STARS_MAX: u8 = 5;

/// What can be said beside the stars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewWord {
    /// It tasted, worked or looked as it should.
    Good,
    /// It came fresh.
    Fresh,
    /// It came in one piece.
    WellPacked,
    /// It came when it was promised.
    OnTime,
    /// It was what the page said.
    AsDescribed,
    /// Some of it was bruised or broken.
    Bruised,
    /// Some of it was not ripe, or past its time.
    NotRipe,
    /// It was smaller or less than expected.
    Small,
    /// It came later than promised.
    Late,
}

impl ReviewWord {
    /// All words, praise first.
    pub const ALL: [Self; 9] = [
        Self::Good,
        Self::Fresh,
        Self::WellPacked,
        Self::OnTime,
        Self::AsDescribed,
        Self::Bruised,
        Self::NotRipe,
        Self::Small,
        Self::Late,
    ];

    /// The name in the API, the database and the language files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Fresh => "fresh",
            Self::WellPacked => "well_packed",
            Self::OnTime => "on_time",
            Self::AsDescribed => "as_described",
            Self::Bruised => "bruised",
            Self::NotRipe => "not_ripe",
            Self::Small => "small",
            Self::Late => "late",
        }
    }

    /// The word with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|word| word.name() == name)
    }
}

/// What a buyer says of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// From one to [`STARS_MAX`].
    pub stars: u8,
    /// What was good, and what was not.
    pub words: BTreeSet<ReviewWord>,
}

/// A review as it stands with one of those it is about: a listing of the order, or a household that
/// made what was in its boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewRow {
    /// When it was said.
    pub at: Instant,
    /// The order, of which there is one review at most.
    pub order: OrderId,
    /// What was said.
    pub review: Review,
    /// The record that holds it.
    pub seq: u64,
    /// The bits of the id of the listing or the household.
    pub subject: u128,
    /// The village.
    pub village: VillageId,
}
