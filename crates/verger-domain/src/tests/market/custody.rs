//! One row for each refusal of custody and complaints, so that none goes without a command that
//! meets it; their machines are tested in depth beside this.

use std::collections::BTreeMap;

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::stage::*;
use crate::command::Actor;
use crate::id::{DisputeId, OrderId, ParcelId, TripId};
use crate::market::OrderPhase as P;
use crate::market::command::{
    DisputeCommand, GroupCommand, OrderCommand, ParcelCommand, TripCommand,
};
use crate::market::dispute::{DisputeReason, Fault, Settlement};
use crate::market::group::Tier;
use crate::market::order::LineNo;
use crate::refusal::{MarketRefusal as M, Refusal};

const ORDER: OrderId = OrderId::from_bits(1);
const PARCEL: ParcelId = ParcelId::from_bits(16);
const TRIP: TripId = TripId::from_bits(2);
const GROUP: crate::id::GroupId = crate::id::GroupId::from_bits(3);

fn delivered(world: &mut World) {
    *world = stage();
    sale(world, 1, &[(FRUIT, 1)], P::Delivered);
}

fn at_shop(world: &mut World) {
    *world = stage();
    purchase(world, 1, &[(FEED, 1)], P::AtShop);
}

fn locked(world: &mut World) {
    at_shop(world);
    for _ in 0..5 {
        world.system(parcel(ParcelCommand::ReportWrongCode, PARCEL));
    }
}

fn loaded(world: &mut World) {
    *world = stage();
    purchase(world, 1, &[(FEED, 1)], P::InTransit);
    world.submit(by(CARRIER), trip(TripCommand::Plan { carrier: CARRIER }, TRIP)).unwrap();
    let parcels = vec![PARCEL];
    world.submit(by(CARRIER), trip(TripCommand::Load { parcels }, TRIP)).unwrap();
}

fn joined_by_nobody(world: &mut World) {
    *world = stage();
    let tiers = vec![Tier { from_quantity: 5, price_minor: 1 }];
    let open = GroupCommand::Open { hours: 1, listing: FEED, tiers };
    world.submit(by(AGENT), group(open, GROUP)).unwrap();
}

/// A complaint of the buyer about a line, with this picture if any.
fn complaint(line: u8, pictures: &[u8], reason: DisputeReason) -> crate::command::Body {
    let lines = BTreeMap::from([(LineNo(line), 100)]);
    let claim = Settlement { fault: Fault::Seller, freight_minor: 0, lines };
    let photos = pictures.iter().map(|number| photo(*number)).collect();
    let open = DisputeCommand::Open { claim, order: ORDER, photos, reason };
    dispute(open, DisputeId::from_bits(1))
}

pub(super) fn rows() -> Vec<Row> {
    use DisputeReason::{ChangeOfMind, Damaged};
    let buyer = |body, no: Refusal| Row::of(by(BUYER), body, no).given(delivered);
    let agent = |body, no: Refusal| Row::of(by(AGENT), body, no);
    let typed = |code_digest| parcel(ParcelCommand::PickUp { code_digest, proxy: None }, PARCEL);
    let take = ParcelCommand::Take { code_digest: None, giver: SUPPLIER, taker: SECOND_CARRIER };
    let in_15 = stage().later(15 * 60);
    let confirm = seen(order(OrderCommand::Confirm, ORDER), 0);
    let late: fn(&mut World) = |world| {
        delivered(world);
        // The clock has not come yet.
        world.wait(48 * 3_600 + 1);
    };
    let ended_at = stage().later(48 * 3_600);
    let version = {
        let mut world = World::new();
        delivered(&mut world);
        row(&world, ORDER).version
    };
    vec![
        buyer(confirm, M::Stale { version }.into()),
        buyer(complaint(0, &[], Damaged), M::PhotoNeeded.into()),
        buyer(complaint(9, &[1], Damaged), M::LineNotDisputable { line: 9 }.into()),
        buyer(complaint(0, &[], ChangeOfMind), M::NoChangeOfMind.into()),
        buyer(complaint(0, &[1], Damaged), M::WindowOver { ended_at }.into()).given(late),
        agent(typed(WRONG_CODE), M::WrongCode { tries_left: 4 }.into()).given(at_shop),
        agent(typed(CODE), M::CodeLocked { locked_until: in_15 }.into()).given(locked),
        Row::of(by(SECOND_CARRIER), parcel(take, PARCEL), M::NotTheHolder { holder: SHOP })
            .given(at_shop),
        Row::of(
            by(CARRIER),
            trip(TripCommand::Depart { counted: 2 }, TRIP),
            M::CountDiffers { counted: 2, expected: 1 },
        )
        .given(loaded),
        agent(
            group(GroupCommand::Close, GROUP),
            M::TierNotReached { needed: 5, quantity: 0 }.into(),
        )
        .given(joined_by_nobody),
        Row::of(
            Actor::System,
            parcel(ParcelCommand::ReportWrongCode, PARCEL),
            M::CodeLocked { locked_until: in_15 },
        )
        .given(locked),
    ]
}

/// Goal: parcels, trips and complaints refuse what they must.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}
