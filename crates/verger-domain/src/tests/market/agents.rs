//! The agent's standing: who certifies, what each module opens, what probation and suspension close.

use super::super::world::*;
use super::super::{Row, assert_refused};
use super::assert_actors;
use super::stage::*;
use crate::command::Body;
use crate::effect::Effect;
use crate::id::{GroupId, PartyId, TillId, TripId};
use crate::market::OrderPhase as P;
use crate::market::command::{
    GroupCommand, ListingCommand, OrderCommand, OrdersCommand, ParcelCommand, TripCommand,
};
use crate::market::group::Tier;
use crate::party::{Duty, Module, Office, PartyKind};
use crate::refusal::{MarketRefusal as M, PartyRefusal, TillRefusal};

fn certify(certified: &[Module], duty: Duty) -> Body {
    let certified = certified.iter().copied().collect();
    Body::Certify { agent: AGENT, certified, duty }
}

/// Goal: only the staff says what an agent may do, and all of it at once.
/// Method: everybody tries; the row afterwards.
#[test]
fn only_the_staff_certifies() {
    let mut world = World::new();
    let probation_until = Some(world.now().today);
    let duty = Duty { probation_until, ..Duty::default() };
    let body = certify(&[Module::M2], duty);
    assert_actors(&world, &body, "ok: staff; *: not_allowed");
    let record = world.staff(body);
    let certified = [Module::M2].into();
    assert_eq!(record.effects, [Effect::Certified { agent: AGENT, certified, duty }]);
    let row = world.state.party.get(&AGENT).unwrap();
    assert_eq!((row.certified.len(), row.duty), (1, duty));
}

/// A world with something to do for every module: a sale that is paid, one that is packed, and a
/// purchase at the shop.
fn busy() -> World {
    let mut world = stage();
    sale(&mut world, 1, &[(FRUIT, 1)], P::Paid);
    purchase(&mut world, 2, &[(FEED, 1)], P::AtShop);
    purchase(&mut world, 3, &[(FEED, 1)], P::Quoted);
    sale(&mut world, 4, &[(FRUIT, 1)], P::Placed);
    world
}

/// What an agent does, by the module that it takes.
fn deeds() -> Vec<(Module, Body)> {
    let trip_id = TripId::from_bits(5);
    let pick_up = ParcelCommand::PickUp { code_digest: CODE, proxy: None };
    let tiers = vec![Tier { from_quantity: 2, price_minor: 1 }];
    let open = GroupCommand::Open { hours: 1, listing: FEED, tiers };
    let request =
        OrderCommand::Request { agent: None, household: NEIGHBOUR, lines: vec![(FEED, 1)] };
    let consent = OrdersCommand::Consent { proof: proof(MEMBER) };
    let price = ListingCommand::Price { price_minor: 5 };
    let pay = OrderCommand::PayCash { amount_minor: 4_990, shop: SHOP };
    vec![
        (Module::M1, cash_in(HOUSE, 5)),
        (Module::M1, order(pay, order_id(4))),
        (Module::M1, open_till(TillId::from_bits(0x55), SECOND_SHOP, 0)),
        (Module::M2, order(request, order_id(9))),
        (Module::M2, orders(consent, &[order_id(3)])),
        (Module::M2, group(open, GroupId::from_bits(4))),
        (Module::M3, parcel(pick_up, parcel_id(order_id(2), 0))),
        (Module::M3, trip(TripCommand::Plan { carrier: CARRIER }, trip_id)),
        (Module::M5, order(OrderCommand::Accept, order_id(1))),
        (Module::M5, listing(price, CRAFT)),
        (Module::M5, order(place(&[(FRUIT, 1)]), order_id(8))),
    ]
}

/// Goal: each deed takes its module and no other, and nobody who is suspended does any.
/// Method: every deed with its module alone, with all others, and suspended with all.
#[test]
fn each_module_opens_its_deeds() {
    let base = busy();
    for (module, body) in deeds() {
        let mut world = base.clone();
        world.staff(certify(&[module], Duty::default()));
        assert_eq!(code(&world.submit(by(AGENT), body.clone())), "ok", "{body:?}");

        let mut world = base.clone();
        let others: Vec<_> = EVERY_MODULE.into_iter().filter(|other| *other != module).collect();
        world.staff(certify(&others, Duty::default()));
        let answer = world.submit(by(AGENT), body.clone());
        assert_eq!(answer, Err(TillRefusal::NeedsModule { module }.into()), "{body:?}");

        let mut world = base.clone();
        world.staff(certify(&EVERY_MODULE, Duty { is_suspended: true, ..Duty::default() }));
        let answer = world.submit(by(AGENT), body.clone());
        assert_eq!(answer, Err(M::AgentSuspended.into()), "{body:?}");
    }
}

/// Goal: a suspended agent's wallet stays his.
/// Method: suspended; the staff pays his wallet out.
#[test]
fn a_suspension_leaves_the_wallet() {
    let mut world = World::new();
    world.fund(AGENT_WALLET, 100);
    world.staff(certify(&EVERY_MODULE, Duty { is_suspended: true, ..Duty::default() }));
    world.staff(Body::PayOut { payees: vec![(AGENT_WALLET, 100)] });
    assert_eq!(balances(&world, &[AGENT_WALLET]), [0]);
}

/// Goal: on probation an agent serves orders of 1,500.00 and keeps 2,000.00 of cash, to the end of
/// its last day.
/// Method: each limit and a fen above it, on the last day and on the day after.
#[test]
fn probation_has_limits() {
    let mut base = stage();
    let probation_until = Some(base.now().today);
    base.staff(certify(&EVERY_MODULE, Duty { probation_until, ..Duty::default() }));
    let no = |max_minor| Err(M::ProbationLimit { max_minor }.into());
    let request =
        |sacks| OrderCommand::Request { agent: None, household: HOUSE, lines: vec![(FEED, sacks)] };
    let dear = order(request(13), order_id(1));
    let rows = [
        (order(request(12), order_id(1)), dear, 150_000),
        (cash_in(HOUSE, 200_000), cash_in(HOUSE, 200_001), 200_000),
    ];
    for (fits, exceeds, max_minor) in rows {
        assert_eq!(base.clone().submit(by(AGENT), exceeds.clone()), no(max_minor));
        base.clone().submit(by(AGENT), fits).unwrap();
        let mut later = base.clone();
        later.wait_until("2026-07-21");
        later.submit(by(AGENT), exceeds.clone()).unwrap();
        // Others are not on probation.
        let mut other = base.clone();
        other.submit(by(SECOND_AGENT), open_till(TillId::from_bits(0x55), SECOND_SHOP, 0)).unwrap();
        let body = match exceeds {
            Body::CashIn { amount_minor, wallet, .. } => {
                Body::CashIn { amount_minor, shop: SECOND_SHOP, wallet }
            }
            body => body,
        };
        other.submit(by(SECOND_AGENT), body).unwrap();
    }
    // What is in the drawer counts, not only what comes.
    let mut world = base.clone();
    world.submit(by(AGENT), cash_in(HOUSE, 150_000)).unwrap();
    assert_eq!(world.submit(by(AGENT), cash_in(HOUSE, 50_001)), no(200_000));
    world.submit(by(AGENT), cash_in(HOUSE, 50_000)).unwrap();
    // A sale paid in cash is an order like another.
    let mut world = base;
    sale(&mut world, 1, &[(FRUIT, 31)], P::Placed);
    let due = row(&world, order_id(1)).total_minor();
    let pay = OrderCommand::PayCash { amount_minor: due, shop: SHOP };
    assert!(due > 150_000);
    assert_eq!(world.submit(by(AGENT), order(pay, order_id(1))), no(150_000));
}

/// Goal: a post of the staff is given by another person of it, only looks, and keeps its text.
/// Method: give it, try a command of each kind that staff may send, take it away again.
#[test]
fn a_post_only_looks() {
    let mut world = stage();
    let post = |office| {
        let duty = Duty { office, ..Duty::default() };
        Body::Certify { agent: SECOND_STAFF, certified: [].into(), duty }
    };
    for office in Office::ALL {
        world.staff(post(Some(office)));
        let row = world.state.party.get(&SECOND_STAFF).unwrap();
        let text = serde_json::to_string(&row.duty).unwrap();
        assert!(text.contains(&format!("\"office\":\"{}\"", office.name())), "{text}");
        assert_eq!(serde_json::from_str::<Duty>(&text).unwrap(), row.duty);
        let deeds = [post(None), super::super::samples::own_bodies().swap_remove(7)];
        for deed in deeds {
            let no = PartyRefusal::NotAllowed { actor: by(SECOND_STAFF).to_string() };
            assert_eq!(world.submit(by(SECOND_STAFF), deed), Err(no.into()));
        }
    }
    world.staff(post(None));
    let plain = serde_json::to_string(&Duty::default()).unwrap();
    assert!(!plain.contains("office"), "{plain}");
    world.submit(by(SECOND_STAFF), certify(&[Module::M1], Duty::default())).unwrap();
}

pub(super) fn rows() -> Vec<Row> {
    let certified = || [Module::M1].into();
    let post = || Duty { office: Some(Office::Auditor), ..Duty::default() };
    let posted = |agent| Body::Certify { agent, certified: [].into(), duty: post() };
    let own = PartyRefusal::NotAllowed { actor: by(STAFF).to_string() };
    let no_agent = PartyRefusal::WrongKind { expected: PartyKind::Agent, party: AGENT };
    let no_training = PartyRefusal::WrongKind { expected: PartyKind::Agent, party: SECOND_STAFF };
    let duty = Duty::default();
    let of = |agent: PartyId| Body::Certify { agent, certified: certified(), duty };
    let kind = PartyRefusal::WrongKind { expected: PartyKind::Agent, party: HOUSE };
    let suspended: fn(&mut World) = |world| {
        world.staff(certify(&EVERY_MODULE, Duty { is_suspended: true, ..Duty::default() }));
    };
    vec![
        Row::of(by(STAFF), of(HOUSE), kind),
        Row::of(by(STAFF), posted(STAFF), own),
        Row::of(by(STAFF), posted(AGENT), no_agent),
        Row::of(by(STAFF), of(SECOND_STAFF), no_training),
        Row::of(by(STAFF), of(NOBODY), PartyRefusal::PartyUnknown { party: NOBODY }),
        Row::of(by(FAR_STAFF), of(AGENT), PartyRefusal::PartyUnknown { party: AGENT })
            .in_village(ELSEWHERE),
        Row::of(by(AGENT), cash_in(HOUSE, 5), M::AgentSuspended).given(suspended),
    ]
}

/// Goal: only agents of the village are certified, and posts are for the staff.
/// Method: one row per refusal.
#[test]
fn refusals() {
    assert_refused(rows());
}
