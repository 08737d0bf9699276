//! The arithmetic of a pool's shares: exact for any lots, prices and claims, and the same in any
//! order. And the pool of the demo village, through commands, to the fen.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use super::super::world::*;
use super::pools::{coop, day};
use super::stage::*;
use crate::command::Body;
use crate::id::{LotId, PartyId, PoolId};
use crate::ledger::{AccountKey, Code};
use crate::market::command::{
    Boxed, CooperativeCommand, LotCommand, OrderCommand, ParcelCommand, PoolCommand,
};
use crate::market::lot::{Grade, Weighing};
use crate::market::parcel::Content;
use crate::market::pool::{LotClaim, PoolShare};
use crate::market::share::dues;
use crate::market::{OrderPhase, PoolPhase};
use crate::party::PartyKind;

/// What a lot brought: of which household, how many grams, what went back for it.
type Brought = (u8, i64, i64);

fn pool_of(lots: &[Brought]) -> (BTreeMap<PartyId, PoolShare>, BTreeMap<LotId, LotClaim>) {
    let (mut shares, mut claims) = (BTreeMap::new(), BTreeMap::new());
    for (number, (house, grams, minor)) in (1_u128..).zip(lots) {
        let household = PartyId::from_bits(u128::from(*house) + 1);
        let share: &mut PoolShare = shares.entry(household).or_default();
        share.grams += grams;
        share.advance_minor += grams / 3;
        if *minor > 0 {
            let claim = LotClaim { grams: *grams, household, minor: *minor };
            claims.insert(LotId::from_bits(number), claim);
        }
    }
    (shares, claims)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Goal: dues sum to the net exactly, nobody is due less than nothing, and nobody is paid more
    /// than his due. Method: random lots, prices and claims, claims far above any value among them.
    #[test]
    fn dues_sum_to_the_net(
        lots in prop::collection::vec((0_u8..12, 1_i64..200_000, 0_i64..60_000), 1..40),
        net_minor in 0_i64..5_000_000,
        shared_bps in 0_u32..10_001,
    ) {
        let (shares, claims) = pool_of(&lots);
        let dues = dues(&shares, &claims, net_minor, shared_bps);
        prop_assert_eq!(dues.values().map(|due| due.due_minor).sum::<i64>(), net_minor);
        prop_assert_eq!(dues.len(), shares.len());
        for (household, due) in &dues {
            prop_assert!(due.due_minor >= 0, "{} owes something", household);
            prop_assert_eq!(due.share_minor - due.claims_minor, due.due_minor);
            prop_assert_eq!(due.settled_minor + due.pay_minor, due.due_minor);
            prop_assert!(due.settled_minor <= shares[household].advance_minor);
        }
    }

    /// Goal: without claims the shares are by grams alone, within a fen of the exact share.
    /// Method: random lots and prices against the rational share.
    #[test]
    fn shares_are_by_grams(
        lots in prop::collection::vec((0_u8..12, 1_i64..200_000, Just(0_i64)), 1..40),
        net_minor in 0_i64..5_000_000,
    ) {
        let (shares, claims) = pool_of(&lots);
        let grams: i128 = shares.values().map(|share| i128::from(share.grams)).sum();
        for (household, due) in dues(&shares, &claims, net_minor, 200) {
            let exact = i128::from(net_minor) * i128::from(shares[&household].grams);
            let off = (i128::from(due.due_minor) * grams - exact).abs();
            prop_assert!(off < grams, "{} is off by a fen or more", household);
        }
    }

    /// Goal: the order in which lots, sales and claims come changes nobody's due.
    /// Method: the same lots, shuffled, each under another id.
    #[test]
    fn no_order_changes_a_due(
        lots in prop::collection::vec((0_u8..6, 1_i64..200_000, 0_i64..9_000), 1..20)
            .prop_flat_map(|lots| (Just(lots.clone()), Just(lots).prop_shuffle())),
        net_minor in 0_i64..5_000_000,
    ) {
        let by_household = |lots: &[Brought]| {
            let (shares, claims) = pool_of(lots);
            dues(&shares, &claims, net_minor, 200)
        };
        prop_assert_eq!(by_household(&lots.0), by_household(&lots.1));
    }
}

/// Goal: claims beyond what a household's fruit is worth make no debt: it gets nothing, and the
/// others bear the rest by their grams. Method: three households, one with a claim above all.
#[test]
fn no_claim_makes_a_debt() {
    let (shares, claims) = pool_of(&[(0, 10_000, 9_000), (1, 10_000, 0), (2, 20_000, 0)]);
    let dues = dues(&shares, &claims, 3_000, 200);
    let due = |house: u128| dues[&PartyId::from_bits(house)].due_minor;
    assert_eq!((due(1), due(2), due(3)), (0, 1_000, 2_000));
}

const DEMO: &str = include_str!("../../../../verger-sim/assets/demo-village.json");

fn number(value: &Value, name: &str) -> i64 {
    value[name].as_i64().unwrap_or_else(|| panic!("{name} of {value}"))
}

/// The household with the code of the demo village, and its member.
fn house(code: &str) -> (PartyId, PartyId) {
    let digits: u128 = code[1..].parse().unwrap();
    (PartyId::from_bits(0x1_0000 + digits), PartyId::from_bits(0x2_0000 + digits))
}

fn lot_id(sample: &Value) -> LotId {
    let code = sample["id"].as_str().unwrap();
    LotId::from_bits(0x3_0000 + code[1..].parse::<u128>().unwrap())
}

/// The families of the sample pool, all members, two of them on the board.
fn village(demo: &Value) -> World {
    let mut world = stage();
    let members = demo["sample_pool"]["members"].as_array().unwrap();
    let mut board = BTreeSet::new();
    for row in members {
        let code = row["household"].as_str().unwrap();
        let (household, member) = house(code);
        let new = |id, code: &str, kind, home| {
            let party = party(id, code, kind, home);
            Body::RegisterParty { party, profile: profile(code) }
        };
        world.staff(new(household, code, PartyKind::Household, None));
        let person = code.replacen('H', "M", 1);
        world.staff(new(member, &person, PartyKind::Member, Some(household)));
        world.staff(Body::SetPin { pin: pin(), member, proof: None });
        board.insert(member);
    }
    world.staff(coop(CooperativeCommand::Found { board }));
    for row in members {
        let (household, member) = house(row["household"].as_str().unwrap());
        world.fund(AccountKey::party(Code::WALLET, household), 20_000);
        let buy = CooperativeCommand::Subscribe { household, proof: proof(member), shares: 1 };
        world.submit(by(SECOND_AGENT), coop(buy)).unwrap();
    }
    world
}

/// Weighs and grades a sample lot: the advance is what the sample says.
fn bring(world: &mut World, sample: &Value, pool: PoolId) {
    let (household, _) = house(sample["household"].as_str().unwrap());
    let wallet = AccountKey::party(Code::WALLET, household);
    let before = world.owned(wallet);
    let weighing = Weighing {
        calibrated_on: day("2026-06-15"),
        crates: u32::try_from(number(sample, "crates")).unwrap(),
        gross_g: number(sample, "gross_g"),
        scale: "SCALE-1".parse().unwrap(),
        tare_g: number(sample, "tare_g"),
        witness: MEMBER,
    };
    assert_eq!(weighing.net_g(), number(sample, "net_g"));
    let weigh = LotCommand::Weigh {
        code: sample["id"].as_str().unwrap().parse().unwrap(),
        household,
        picked_on: day(sample["day"].as_str().unwrap()),
        variety: "hujing".to_owned(),
        weighing,
    };
    let ask = |command| Body::Lot { command, lot: lot_id(sample), version: None };
    world.submit(by(SECOND_AGENT), ask(weigh)).unwrap();
    let graded = serde_json::from_value(sample["graded_g"].clone()).unwrap();
    let pools = BTreeMap::from([(Grade::A, pool)]);
    world.submit(by(COOPERATIVE), ask(LotCommand::Grade { graded, pools })).unwrap();
    assert_eq!(world.owned(wallet) - before, number(sample, "advance_fen"), "{sample}");
}

/// Sells 484 boxes to one buyer in 22 crates, packed first in first out, to the end.
fn sell_boxes(world: &mut World, pool: PoolId) {
    const PARCELS: u128 = 22;
    let boxes = 484;
    let restock =
        crate::market::command::ListingCommand::Stock { delta: boxes, reason: "picked".to_owned() };
    world.submit(by(COOPERATIVE), listing(restock, FRUIT)).unwrap();
    let lines = [(FRUIT, u32::try_from(boxes).unwrap())];
    sale(world, 1, &lines, OrderPhase::Accepted);
    let id = order_id(1);
    let lots = world.state.pool.get(&pool).unwrap().lots.iter();
    let lots = lots.map(|lot| world.state.lot.get(lot).unwrap());
    let mut queue: Vec<_> = lots.map(|lot| (lot.picked_on, lot.id, lot.grams(Grade::A))).collect();
    queue.sort_unstable();
    queue.reverse();
    let mut packed = Vec::new();
    for number in 0..PARCELS {
        let mut wanted = boxes * 2_500 / 22;
        let mut contents = Vec::new();
        while wanted > 0 {
            let (picked_on, lot, left) = queue.pop().unwrap();
            let grams = left.min(wanted);
            wanted -= grams;
            if left > grams {
                queue.push((picked_on, lot, left - grams));
            }
            let row = world.state.lot.get(&lot).unwrap();
            contents.push(Content { grams, lot: row.code.clone(), maker: row.household });
        }
        let label = format!("BOX-{number}").parse().unwrap();
        packed.push(Boxed { contents, label, parcel: parcel_id(id, number), weight_g: 58_000 });
    }
    let pack = OrderCommand::Pack { boxes: packed, by_surface: false };
    world.submit(by(COOPERATIVE), order(pack, id)).unwrap();
    sale_step(world, id, OrderPhase::Shipped);
    for id in parcels(world, id) {
        world.submit(by(CARRIER), parcel(ParcelCommand::Deliver, id)).unwrap();
    }
    sale_step(world, id, OrderPhase::Completed);
}

/// Gives buyers so much back for the boxes, lot after lot, each below 2 % of its lot.
fn claim(world: &mut World, pool: PoolId, minor: i64) {
    let mut left = minor;
    let packed: Vec<LotId> = row(world, order_id(1)).lots.keys().copied().collect();
    for (index, lot) in (0_u8..).zip(packed) {
        // A lot is worth 1.249 fen a gram: this stays below 2 % of it.
        let grams = world.state.lot.get(&lot).unwrap().grams(Grade::A);
        let amount_minor = left.min(grams * 24 / 1_000);
        if amount_minor == 0 {
            break;
        }
        left -= amount_minor;
        let (photos, reason) = (vec![photo(100 + index)], "bruised".to_owned());
        let command = PoolCommand::Claim { amount_minor, lot, order: order_id(1), photos, reason };
        world.submit(by(COOPERATIVE), Body::Pool { command, pool, version: None }).unwrap();
    }
    assert_eq!(left, 0);
}

/// Goal: the lots and the pool of the demo village come out to the fen through commands: every
/// advance, every line of the account, every member's due and final payment.
/// Method: 33 lots, 484 boxes in one order (fees are floored once), claims of 1.2 % spread over lots
/// so that none passes 2 % of its lot, the rest sold locally.
#[test]
fn the_sample_pool_comes_out_to_the_fen() {
    let demo: Value = serde_json::from_str(DEMO).unwrap();
    let mut world = village(&demo);
    world.wait_until("2026-07-22");
    let sample = &demo["sample_pool"];
    let pool = PoolId::from_bits(0x5001);
    let ask = |command| Body::Pool { command, pool, version: None };
    let open = PoolCommand::Open {
        floor_minor_per_kg: 980,
        from: day("2026-07-20"),
        grade: Grade::A,
        to: day("2026-07-22"),
        variety: "hujing".to_owned(),
    };
    world.submit(by(COOPERATIVE), ask(open)).unwrap();
    let lots = demo["sample_lots"].as_array().unwrap();
    for lot in lots {
        bring(&mut world, lot, pool);
    }
    sell_boxes(&mut world, pool);
    let lines = &sample["statement_fen"];
    claim(&mut world, pool, -number(lines, "quality_claims_1_2pct"));
    let amount_minor = number(lines, "local_sale_left_over");
    let grams = number(sample, "left_over_sold_locally_g");
    world.staff(ask(PoolCommand::SellLocally { amount_minor, grams, shop: None }));
    world.wait_until("2026-08-07");
    world.run_timers();
    world.submit(by(COOPERATIVE), ask(PoolCommand::Account)).unwrap();
    let pool_row = world.state.pool.get(&pool).unwrap().clone();
    let sales = pool_row.statement.unwrap().sales;
    let wanted = [
        (sales.goods_minor, "goods_sold"),
        (-sales.platform_minor, "platform_fee_1pct"),
        (-sales.commission_minor, "agent_commission_5pct"),
        (-sales.cooperative_minor, "coop_fee_4pct"),
        (-sales.packaging_minor, "packaging_450_per_box"),
        (-sales.claims_minor, "quality_claims_1_2pct"),
        (sales.local_minor, "local_sale_left_over"),
        (pool_row.net_minor, "net_to_members"),
    ];
    for (minor, name) in wanted {
        assert_eq!(minor, number(lines, name), "{name}");
    }
    assert_eq!(world.state.shelf.get(&pool).unwrap().left_g(), 0);
    let board = pool_row.shares.keys().take(2);
    let board: Vec<PartyId> =
        board.map(|household| PartyId::from_bits(household.bits() + 0x1_0000)).collect();
    for member in board {
        let approve = PoolCommand::Approve { proof: proof(member) };
        world.submit(by(AGENT), ask(approve)).unwrap();
    }
    let dues = pool_row.dues(pool_row.net_minor, 200);
    world.wait(72 * 3_600);
    world.run_timers();
    let paid = world.state.pool.get(&pool).unwrap();
    assert_eq!(paid.phase, PoolPhase::Paid);
    for member in sample["members"].as_array().unwrap() {
        let (household, _) = house(member["household"].as_str().unwrap());
        let share = paid.shares[&household];
        assert_eq!(share.grams, number(member, "grams"), "{member}");
        assert_eq!(share.advance_minor, number(member, "advance_paid_fen"), "{member}");
        assert_eq!(dues[&household].due_minor, number(member, "due_fen"), "{member}");
        assert_eq!(share.paid_minor, number(member, "final_fen"), "{member}");
    }
}
