//! The counter: cash in, cash out, money to another village; proofs, locks and own households.

use super::party::lock_pin;
use super::world::*;
use super::{Row, assert_refused};
use crate::command::{Actor, Body};
use crate::effect::{Effect, Message, Record};
use crate::id::{PartyId, TillId, VillageId};
use crate::ledger::{AccountId, AccountKey, Code, Leg};
use crate::party::{Module, PartyKind, PinTries};
use crate::policy::TillMode;
use crate::refusal::{LedgerRefusal as L, PartyRefusal as P, Refusal, TillRefusal as T};
use crate::time::Date;

fn agent(body: Body, refusal: impl Into<Refusal>) -> Row {
    Row::of(by(AGENT), body, refusal)
}

/// A wallet with 500 and a drawer with 300.
fn funded(world: &mut World) {
    world.fund(WALLET, 500);
    world.staff(post(&[(DRAWER, 300), (BANK, -300)]));
}

fn locked(world: &mut World) {
    funded(world);
    lock_pin(world);
}

fn receive(to: PartyId, amount_minor: i64) -> Body {
    Body::ReceiveMoney { amount_minor, from: FAR_HOUSE, from_village: ELSEWHERE, to }
}

fn clearing(village: VillageId) -> AccountKey {
    AccountKey { code: Code::CLEARING, owner: village.number().into() }
}

fn posted(effective_on: Date, purpose: &str, legs: &[Leg]) -> Effect {
    Effect::Posted { effective_on, legs: legs.to_vec(), purpose: purpose.to_owned() }
}

pub(super) fn rows() -> Vec<Row> {
    [agent_rows(), proof_rows(), money_rows(), receive_rows()].into_iter().flatten().collect()
}

fn agent_rows() -> Vec<Row> {
    let not_allowed = |actor: Actor| P::NotAllowed { actor: actor.to_string() };
    let needs = T::NeedsModule { module: Module::M1 };
    let shop = |shop, wallet| Body::CashIn { amount_minor: 5, shop, wallet };
    let unknown = |party| P::PartyUnknown { party };
    let no_shop = P::WrongKind { expected: PartyKind::Shop, party: HOUSE };
    vec![
        Row::of(by(STAFF), cash_in(HOUSE, 5), not_allowed(by(STAFF))),
        Row::of(Actor::System, cash_out(HOUSE, 5, MEMBER), not_allowed(Actor::System)),
        Row::of(Actor::Clock, send(HOUSE, 5, ELSEWHERE), not_allowed(Actor::Clock)),
        Row::of(by(NOBODY), cash_in(HOUSE, 5), unknown(NOBODY)),
        Row::of(by(AGENT), cash_in(FAR_HOUSE, 5), unknown(AGENT)).in_village(ELSEWHERE),
        Row::of(by(NOVICE), cash_in(HOUSE, 5), needs.clone()),
        Row::of(by(NOVICE), cash_out(HOUSE, 5, MEMBER), needs.clone()),
        // The training comes first of all.
        Row::of(by(NOVICE), send(NOBODY, 0, VILLAGE), needs),
        agent(shop(SHOP, NOBODY), unknown(NOBODY)),
        agent(shop(SHOP, FAR_HOUSE), unknown(FAR_HOUSE)),
        agent(shop(NOBODY, HOUSE), unknown(NOBODY)),
        agent(shop(HOUSE, HOUSE), no_shop),
        // His own wallet, his household's, and that of anyone who lives there.
        agent(cash_in(AGENT, 5), T::OwnHousehold),
        agent(cash_in(HOME, 5), T::OwnHousehold),
        agent(cash_in(KIN, 5), T::OwnHousehold),
        agent(cash_out(HOME, 5, KIN), T::OwnHousehold),
        agent(send(KIN, 5, ELSEWHERE), T::OwnHousehold),
        Row::of(by(LODGER), cash_in(LODGER, 5), T::OwnHousehold),
        // Whom he may serve comes before the amount and before the proof.
        agent(cash_in(HOME, 0), T::OwnHousehold),
        agent(cash_out(HOME, 5, MEMBER), T::OwnHousehold),
        agent(shop(HOME, KIN), P::WrongKind { expected: PartyKind::Shop, party: HOME }),
    ]
}

fn proof_rows() -> Vec<Row> {
    let locked_until = World::new().later(15 * 60);
    let lock = T::PinLocked { locked_until };
    let unknown = |party| P::PartyUnknown { party };
    vec![
        agent(cash_out(HOUSE, 5, NOBODY), unknown(NOBODY)).given(funded),
        agent(cash_out(HOUSE, 5, FAR_MEMBER), unknown(FAR_MEMBER)).given(funded),
        // A member of another household, even of the agent's; a member without a PIN; a household.
        agent(cash_out(HOUSE, 5, KIN), T::ProofNotTheirs).given(funded),
        agent(cash_out(HOUSE, 5, CHILD), T::ProofNotTheirs).given(funded),
        agent(cash_out(HOUSE, 5, HOUSE), T::ProofNotTheirs).given(funded),
        agent(cash_out(HOUSE, 5, AGENT), T::ProofNotTheirs).given(funded),
        // One member's own wallet is not another's.
        agent(cash_out(CHILD, 5, MEMBER), T::ProofNotTheirs).given(funded),
        agent(cash_out(COOPERATIVE, 5, MEMBER), T::ProofNotTheirs).given(funded),
        agent(cash_out(HOUSE, 5, MEMBER), lock.clone()).given(locked),
        agent(send(HOUSE, 5, ELSEWHERE), lock.clone()).given(locked),
        // The proof comes before the amount.
        agent(cash_out(HOUSE, 0, MEMBER), lock).given(locked),
        agent(cash_out(HOUSE, 0, KIN), T::ProofNotTheirs).given(funded),
    ]
}

fn money_rows() -> Vec<Row> {
    let large = |amount_minor| L::AmountTooLarge { amount_minor, max_minor: LARGEST };
    let negative = |amount_minor| L::AmountNegative { amount_minor };
    let short = |account, available_minor| L::InsufficientAvailable { account, available_minor };
    let no_wallet = AccountKey::party(Code::WALLET, SUPPLIER);
    let no_village = |village| P::VillageUnknown { village };
    let zero = VillageId::new(0);
    vec![
        agent(cash_in(HOUSE, 0), L::AmountZero),
        agent(cash_in(HOUSE, -5), negative(-5)),
        agent(cash_in(HOUSE, i64::MIN), negative(i64::MIN)),
        agent(cash_in(HOUSE, LARGEST + 1), large(LARGEST + 1)),
        agent(cash_in(HOUSE, i64::MAX), large(i64::MAX)),
        agent(cash_in(SUPPLIER, 5), L::AccountUnknown { account: no_wallet }),
        agent(cash_out(HOUSE, 0, MEMBER), L::AmountZero),
        agent(cash_out(HOUSE, -5, MEMBER), negative(-5)),
        agent(cash_out(HOUSE, LARGEST + 1, MEMBER), large(LARGEST + 1)),
        agent(cash_out(HOUSE, 5, MEMBER), short(DRAWER, 0)),
        agent(cash_out(HOUSE, 301, MEMBER), short(DRAWER, 300)).given(funded),
        agent(cash_out(HOUSE, 201, MEMBER), short(WALLET, 200)).given(|world| {
            funded(world);
            world.reserve(1, 300, 60);
        }),
        agent(send(HOUSE, 5, VILLAGE), no_village(VILLAGE)),
        // Zero is no village's number; where to comes before everything else about the money.
        agent(send(HOUSE, 5, zero), no_village(zero)),
        agent(send(NOBODY, 0, zero), no_village(zero)),
        agent(send(HOUSE, LARGEST + 1, ELSEWHERE), large(LARGEST + 1)),
        agent(send(NOBODY, 5, ELSEWHERE), P::PartyUnknown { party: NOBODY }),
        agent(send(HOUSE, 0, ELSEWHERE), L::AmountZero),
        agent(send(HOUSE, -1, ELSEWHERE), negative(-1)),
        agent(send(HOUSE, 501, ELSEWHERE), short(WALLET, 500)).given(funded),
    ]
}

fn receive_rows() -> Vec<Row> {
    let not_allowed = |actor: Actor| P::NotAllowed { actor: actor.to_string() };
    let from = |from_village, amount_minor| Body::ReceiveMoney {
        amount_minor,
        from: FAR_HOUSE,
        from_village,
        to: HOUSE,
    };
    let system = |body, refusal: Refusal| Row::of(Actor::System, body, refusal);
    let no_village = |village| P::VillageUnknown { village }.into();
    let zero = VillageId::new(0);
    vec![
        system(from(VILLAGE, 5), no_village(VILLAGE)),
        system(from(zero, 5), no_village(zero)),
        // Where it comes from is asked before the amount.
        system(from(VILLAGE, -5), no_village(VILLAGE)),
        system(from(zero, 0), no_village(zero)),
        Row::of(by(STAFF), receive(HOUSE, 5), not_allowed(by(STAFF))),
        agent(receive(HOUSE, 5), not_allowed(by(AGENT))),
        Row::of(Actor::System, receive(HOUSE, 0), L::AmountZero),
        Row::of(Actor::System, receive(HOUSE, -5), L::AmountNegative { amount_minor: -5 }),
        system(receive(NOBODY, i64::MIN), L::AmountNegative { amount_minor: i64::MIN }.into()),
        // The counters are the only limit of what was sent; the policy's largest amount is none.
        system(receive(HOUSE, 1), L::OutOfRange { account: clearing(ELSEWHERE) }.into())
            .given(|world| drop(receive_in(world, HOUSE, i64::MAX))),
    ]
}

/// Goal: the counter refuses what it must: by whom, for whom, with whose proof, how much.
/// Method: one row per refusal and per pair of checks whose order matters.
#[test]
fn refusals() {
    assert_refused(rows());
}

/// Goal: cash in grows the drawer and the wallet by the same fen.
/// Method: cash into a household's, a member's and the cooperative's wallet.
#[test]
fn cash_in_fills_drawer_and_wallet() {
    let mut world = World::new();
    let today = world.now().today;
    let coop = AccountKey::party(Code::WALLET_COOPERATIVE, COOPERATIVE);
    let mut drawer = 0;
    for (owner, wallet) in [(HOUSE, WALLET), (MEMBER, MEMBER_WALLET), (COOPERATIVE, coop)] {
        let record = world.submit(by(AGENT), cash_in(owner, 100)).unwrap();
        drawer += 100;
        let legs = [Leg(DRAWER, 100, drawer), Leg(wallet, -100, -100)];
        assert_eq!(record.effects, [posted(today, "cash.in", &legs)]);
    }
    assert_eq!((world.owned(DRAWER), world.owned(WALLET)), (300, 100));
    // An agent of no household here serves every household here, and his colleague.
    world.submit(by(LODGER), open_till(TillId::from_bits(0x99), SECOND_SHOP, 0)).unwrap();
    for wallet in [HOME, AGENT] {
        let body = Body::CashIn { amount_minor: 100, shop: SECOND_SHOP, wallet };
        world.submit(by(LODGER), body).unwrap();
    }
}

/// Goal: cash out needs the owner's own people, and writes the proof with the money.
/// Method: a household's member, then the member's own wallet, both to the last fen.
#[test]
fn cash_out_is_proved() {
    let mut world = World::new();
    funded(&mut world);
    let today = world.now().today;
    let record = world.submit(by(AGENT), cash_out(HOUSE, 300, MEMBER)).unwrap();
    let legs = [Leg(WALLET, 300, -200), Leg(DRAWER, -300, 0)];
    let given = Effect::ProofGiven(proof(MEMBER));
    assert_eq!(record.effects, [given, posted(today, "cash.out", &legs)]);

    world.submit(by(AGENT), cash_in(MEMBER, 40)).unwrap();
    world.submit(by(AGENT), cash_out(MEMBER, 40, MEMBER)).unwrap();
    assert_eq!((world.owned(MEMBER_WALLET), world.owned(DRAWER)), (0, 0));
}

/// Goal: a right PIN ends the count of wrong ones; an old lock is no lock.
/// Method: cash out after three wrong tries, and at the very end of a lock.
#[test]
fn a_right_pin_clears_the_count() {
    let mut world = World::new();
    funded(&mut world);
    for _ in 0..3 {
        world.system(Body::ReportWrongPin { member: MEMBER });
    }
    let cleared = Effect::PinTried { member: MEMBER, tries: PinTries::default() };
    let record = world.submit(by(AGENT), cash_out(HOUSE, 10, MEMBER)).unwrap();
    assert_eq!(record.effects[1], cleared);
    let record = world.submit(by(AGENT), cash_out(HOUSE, 10, MEMBER)).unwrap();
    assert_eq!(record.effects.len(), 2, "nothing to clear any more");

    lock_pin(&mut world);
    world.wait(899);
    assert!(world.submit(by(AGENT), cash_out(HOUSE, 10, MEMBER)).is_err());
    world.wait(1);
    let record = world.submit(by(AGENT), cash_out(HOUSE, 10, MEMBER)).unwrap();
    assert_eq!(record.effects[1], cleared);
}

/// Goal: with a float paid in beforehand the agent serves cash out of his own money, to its end.
/// Method: the other till mode; cash in takes from the float, cash out fills it.
#[test]
fn a_prepaid_float_is_the_agents_own() {
    let mut world = World::new();
    world.adopt(|policy| policy.till.mode = TillMode::PrepaidFloat);
    world.fund(FLOAT, 100);
    let record = world.submit(by(AGENT), cash_in(HOUSE, 60)).unwrap();
    assert_eq!(record.legs(), [Leg(FLOAT, 60, -40), Leg(WALLET, -60, -60)]);
    let answer = world.submit(by(AGENT), cash_in(HOUSE, 41));
    let short = L::InsufficientAvailable { account: FLOAT, available_minor: 40 };
    assert_eq!(answer, Err(short.into()));
    world.submit(by(AGENT), cash_out(HOUSE, 50, MEMBER)).unwrap();
    assert_eq!((world.owned(FLOAT), world.owned(WALLET), world.owned(DRAWER)), (90, 10, 0));
}

fn opened(village: VillageId, label: &str) -> Effect {
    let currency = iso_currency::Currency::CNY;
    Effect::AccountOpened { account: clearing(village), currency, label: label.to_owned() }
}

/// Goal: money to another village leaves over its clearing account, with one message to deliver.
/// Method: two sendings; the account opens with the first.
#[test]
fn sent_money_waits_on_the_clearing_account() {
    let mut world = World::new();
    funded(&mut world);
    let today = world.now().today;
    let given = Effect::ProofGiven(proof(MEMBER));
    let queued = |amount_minor| {
        let (from, to, to_village) = (HOUSE, FAR_HOUSE, ELSEWHERE);
        Effect::MessageQueued(Message::ReceiveMoney { amount_minor, from, to, to_village })
    };
    let key = clearing(ELSEWHERE);
    let first = world.submit(by(AGENT), send(HOUSE, 120, ELSEWHERE)).unwrap();
    let moved = posted(today, "money.sent", &[Leg(WALLET, 120, -380), Leg(key, -120, -120)]);
    assert_eq!(first.effects, [given.clone(), opened(ELSEWHERE, "village 2"), moved, queued(120)]);
    let second = world.submit(by(AGENT), send(HOUSE, 380, ELSEWHERE)).unwrap();
    let moved = posted(today, "money.sent", &[Leg(WALLET, 380, 0), Leg(key, -380, -500)]);
    assert_eq!(second.effects, [given, moved, queued(380)]);
    let messages = world.state.appended.messages.iter();
    let sent: Vec<_> = messages.map(|row| (row.village, row.seq, row.number)).collect();
    assert_eq!(sent, [(VILLAGE, first.seq, 0), (VILLAGE, second.seq, 0)]);
}

fn receive_in(world: &mut World, to: PartyId, amount: i64) -> Record {
    world.submit(Actor::System, receive(to, amount)).unwrap()
}

/// Goal: money that left another village always arrives: on the wallet, or on 2140 when nobody
/// here can be found for it.
/// Method: a household, the cooperative, then nobody, another village's party and one with no
/// wallet.
#[test]
fn received_money_always_arrives() {
    let mut world = World::new();
    let key = clearing(ELSEWHERE);
    let today = world.now().today;
    let record = receive_in(&mut world, HOUSE, 70);
    let moved = posted(today, "money.received", &[Leg(key, 70, 70), Leg(WALLET, -70, -70)]);
    assert_eq!(record.effects, [opened(ELSEWHERE, "village 2"), moved]);
    receive_in(&mut world, COOPERATIVE, 7);
    let coop = AccountKey::party(Code::WALLET_COOPERATIVE, COOPERATIVE);
    assert_eq!(world.owned(coop), 7);

    let mut unapplied = 0;
    for nobody in [NOBODY, FAR_HOUSE, SUPPLIER, STAFF, SHOP] {
        let record = receive_in(&mut world, nobody, 10);
        unapplied += 10;
        assert_eq!(record.legs()[1], Leg(own(2140), -10, -unapplied));
    }
    assert_eq!(world.account(key).balance_minor(), 127);
    // It was accepted where it was sent: the largest amount here does not hold it up.
    receive_in(&mut world, HOUSE, LARGEST + 1);
    assert_eq!(world.owned(WALLET), 70 + LARGEST + 1);
}

/// Goal: what leaves one village and arrives in the other nets to zero over both clearings.
/// Method: send, then deliver the queued message.
#[test]
fn both_clearings_net_to_zero() {
    let mut world = World::new();
    funded(&mut world);
    world.submit(by(AGENT), send(HOUSE, 120, ELSEWHERE)).unwrap();
    let message = world.state.appended.messages[0].message.clone();
    let Message::ReceiveMoney { amount_minor, from, to, to_village } = message else {
        panic!("{message:?}");
    };
    let body = Body::ReceiveMoney { amount_minor, from, from_village: VILLAGE, to };
    world.submit_in(to_village, Actor::System, body).unwrap();
    let balance = |village, key| {
        world.state.account.get(&AccountId { village, key }).unwrap().balance_minor()
    };
    let far_wallet = AccountKey::party(Code::WALLET, FAR_HOUSE);
    assert_eq!(balance(ELSEWHERE, far_wallet), -120);
    let sum = balance(VILLAGE, clearing(ELSEWHERE)) + balance(ELSEWHERE, clearing(VILLAGE));
    assert_eq!(sum, 0);
}
