//! A villager's own pages: his tree, his credit, what he bought, what he sold, his account. Owns what
//! a household sees of itself; shows nothing of any other. The same pages serve his own phone and the
//! agent's turned screen.

pub(super) mod account;
mod credit;
mod home;
mod orders;
mod pools;
mod sales;
mod trust;

use axum::Router;
use axum::routing::get;
use verger_app::{Reader, StoreError};
use verger_domain::id::{CellId, PartyId, VillageId};

use crate::Web;
use crate::fault::Fault;
use crate::session::Seat;

/// The most things on one page.
const ROWS_MAX: u32 = 20;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/{lang}/me", get(home::show))
        .route("/{lang}/me/orders", get(orders::list))
        .route("/{lang}/me/orders/{order}", get(orders::one).post(orders::act))
        .route("/{lang}/me/sales", get(sales::show))
        .route("/{lang}/me/pools", get(pools::list))
        .route("/{lang}/me/pools/{pool}", get(pools::one))
        .route("/{lang}/me/account", get(account::show))
        .route("/{lang}/me/credit", get(credit::show).post(credit::act))
        .route("/{lang}/me/trust", get(trust::show))
}

/// Where a household's own pages look.
#[derive(Clone, Copy)]
struct Home {
    village: VillageId,
    household: PartyId,
}

impl Home {
    /// The household of whoever signed in.
    async fn of(seat: &Seat) -> Result<Self, Fault> {
        let (village, member) = (seat.village, seat.party);
        let found = seat.app().ask(village, move |reader, cell| reader.party(cell, member)).await?;
        let household = found.and_then(|view| view.party.household);
        Ok(Self { village, household: household.ok_or_else(|| Fault::not_found("page"))? })
    }
}

/// A question about a household, asked in one go.
async fn ask<T: Send + 'static>(
    seat: &Seat,
    home: Home,
    question: impl FnOnce(&mut Reader, CellId, Home) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Fault> {
    Ok(seat.app().ask(home.village, move |reader, cell| question(reader, cell, home)).await?)
}
