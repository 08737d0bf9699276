//! What of the cooperative anybody may know: where the fruit of a box comes from, and what of its
//! price reaches the orchard. Owns those answers; the figures are the domain's.

use verger_domain::id::{ListingId, PartyId, VillageId};
use verger_domain::market::fair::FairPrice;
use verger_domain::market::lot::Grade;
use verger_domain::market::{Cooperative, Listing, Lot, Pool, Preorder, SeasonWindow, Vote};
use verger_domain::party::PartyKind;
use verger_store::report::{BoxSheet, Place};
use verger_store::{Reader, StoreError};

use crate::App;
use crate::error::AppError;
use crate::market::{Sight, Subject};

impl Subject for Lot {
    fn sight(&self) -> Sight {
        Sight::Household(self.household)
    }
}
impl Subject for Preorder {
    fn sight(&self) -> Sight {
        Sight::Sides(self.id, vec![self.buyer])
    }
}
impl Subject for Pool {
    fn sight(&self) -> Sight {
        Sight::Everyone
    }
}
impl Subject for SeasonWindow {
    fn sight(&self) -> Sight {
        Sight::Everyone
    }
}
impl Subject for Cooperative {
    fn sight(&self) -> Sight {
        Sight::Everyone
    }
}
impl Subject for Vote {
    fn sight(&self) -> Sight {
        Sight::Everyone
    }
}

/// The story of a box: its lots, and what of its price reaches the orchard.
#[derive(Clone, Debug)]
pub struct BoxStory {
    /// The box, its order, its lots and their season window.
    pub sheet: BoxSheet,
    /// The price, and the trader's beside it.
    pub fair: Option<FairPrice>,
}

impl BoxStory {
    fn of(sheet: BoxSheet) -> Self {
        let first = sheet.lots.iter().find_map(|lot| lot.row.as_ref());
        let grade = first.and_then(|lot| lot.pools.keys().next().copied()).unwrap_or(Grade::A);
        let fair = sheet.order.as_ref().map(|order| {
            let fair = FairPrice::of_order(order);
            match first {
                Some(lot) => fair.beside(sheet.window.as_ref(), grade, lot.picked_on),
                None => fair,
            }
        });
        Self { sheet, fair }
    }
}

impl App {
    /// The story of the box with this label, for everybody: it names no buyer.
    ///
    /// # Errors
    /// When the village is not known or the store fails.
    pub async fn box_story(
        &self,
        village: VillageId,
        label: String,
    ) -> Result<Option<BoxStory>, AppError> {
        let question = move |reader: &mut Reader, cell| {
            let sheet = reader.box_sheet(Place { cell, village }, &label)?;
            Ok(sheet.map(BoxStory::of))
        };
        self.ask(village, question).await
    }

    /// What of a listing's price reaches the orchard, beside the trader's price of today: for the
    /// page on which it is sold.
    ///
    /// # Errors
    /// When the village is not known or the store fails.
    pub async fn fair_price(
        &self,
        village: VillageId,
        listing: ListingId,
    ) -> Result<Option<FairPrice>, AppError> {
        let today = self.now().today;
        let policy = self.policy_in_force(village).await?;
        let question = move |reader: &mut Reader, cell| -> Result<_, StoreError> {
            let found = reader.document::<Listing>(cell, village, listing.bits())?;
            let Some(listing) = found else { return Ok(None) };
            let kind = kind_of(reader, cell, listing.text.seller)?;
            let fair =
                FairPrice::of_listing(&listing, &policy, kind == Some(PartyKind::Cooperative));
            let Some(variety) = &listing.text.variety else { return Ok(Some(fair)) };
            let window = reader.window_of(Place { cell, village }, variety)?;
            let grade = listing.text.grade.as_deref().and_then(Grade::by_name);
            Ok(Some(fair.beside(window.as_ref(), grade.unwrap_or(Grade::A), today)))
        };
        self.ask(village, question).await
    }
}

fn kind_of(
    reader: &mut Reader,
    cell: verger_domain::id::CellId,
    party: PartyId,
) -> Result<Option<PartyKind>, StoreError> {
    Ok(reader.party(cell, party)?.map(|view| view.party.kind))
}
