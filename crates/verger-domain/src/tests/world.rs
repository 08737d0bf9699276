//! A small programme of two villages with its people, a clock set by hand and a journal in memory.
//! Every command goes the way it goes in the store: what it reads is named, loaded and decided.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use iso_currency::Currency;

use crate::codec;
use crate::command::{Actor, Body, Command, Evidence, EvidenceKind, PinSecret, Proof, ProofBy};
use crate::effect::{Effect, Record, Timer, TimerKind};
use crate::id::{CellId, CommandId, HoldId, PartyId, TillId, TokenId, VillageId};
use crate::ledger::{Account, AccountId, AccountKey, Code, HoldStatus, Line};
use crate::market::command::TillCommand;
use crate::party::{Duty, Module, Party, PartyKind, Profile, Scope, Token, Village};
use crate::policy::{Policy, SHIPPED_TOML};
use crate::refusal::Refusal;
use crate::state::{State, Table};
use crate::time::{Instant, Month, Now};
use crate::{Reads, decide, reads};

/// The village of most tests.
pub(super) const VILLAGE: VillageId = VillageId::new(1);
/// Another one in the same cell.
pub(super) const ELSEWHERE: VillageId = VillageId::new(2);

pub(super) const SHOP: PartyId = PartyId::from_bits(0x10);
pub(super) const HOUSE: PartyId = PartyId::from_bits(0x11);
/// A member of `HOUSE`, with a PIN.
pub(super) const MEMBER: PartyId = PartyId::from_bits(0x12);
/// A member of `HOUSE`, without a PIN.
pub(super) const CHILD: PartyId = PartyId::from_bits(0x13);
/// The agent's own household.
pub(super) const HOME: PartyId = PartyId::from_bits(0x14);
/// A member of `HOME`, with a PIN.
pub(super) const KIN: PartyId = PartyId::from_bits(0x15);
/// Serves at the shop, lives in `HOME` and has passed every module.
pub(super) const AGENT: PartyId = PartyId::from_bits(0x16);
/// Serves at the shop and has passed nothing.
pub(super) const NOVICE: PartyId = PartyId::from_bits(0x17);
/// Has passed M1 and lives elsewhere.
pub(super) const LODGER: PartyId = PartyId::from_bits(0x1c);
pub(super) const COOPERATIVE: PartyId = PartyId::from_bits(0x18);
pub(super) const SUPPLIER: PartyId = PartyId::from_bits(0x19);
pub(super) const STAFF: PartyId = PartyId::from_bits(0x1a);
pub(super) const SECOND_STAFF: PartyId = PartyId::from_bits(0x1b);
/// A household that is nobody's kin, and its member with a PIN.
pub(super) const NEIGHBOUR: PartyId = PartyId::from_bits(0x30);
pub(super) const NEIGHBOUR_MEMBER: PartyId = PartyId::from_bits(0x31);
/// A second member of it, with a PIN.
pub(super) const NEIGHBOUR_SON: PartyId = PartyId::from_bits(0x32);
pub(super) const CARRIER: PartyId = PartyId::from_bits(0x33);
pub(super) const SECOND_CARRIER: PartyId = PartyId::from_bits(0x34);
pub(super) const BUYER: PartyId = PartyId::from_bits(0x35);
pub(super) const SECOND_BUYER: PartyId = PartyId::from_bits(0x36);
pub(super) const SECOND_SUPPLIER: PartyId = PartyId::from_bits(0x37);
/// Another counter of the village, whose drawer nobody has opened.
pub(super) const SECOND_SHOP: PartyId = PartyId::from_bits(0x38);
/// Has passed every module and lives elsewhere.
pub(super) const SECOND_AGENT: PartyId = PartyId::from_bits(0x39);
/// The session of the shop's drawer that `AGENT` has open from the start.
pub(super) const TILL: TillId = TillId::from_bits(0x10);
/// A household, its member with a PIN and a person of the staff, all of `ELSEWHERE`.
pub(super) const FAR_HOUSE: PartyId = PartyId::from_bits(0x21);
pub(super) const FAR_MEMBER: PartyId = PartyId::from_bits(0x22);
pub(super) const FAR_STAFF: PartyId = PartyId::from_bits(0x2a);
/// Registered nowhere.
pub(super) const NOBODY: PartyId = PartyId::from_bits(0xff);

pub(super) const BANK: AccountKey = AccountKey::village(Code::BANK_ESCROW);
pub(super) const DRAWER: AccountKey = AccountKey::party(Code::DRAWER, SHOP);
pub(super) const WALLET: AccountKey = AccountKey::party(Code::WALLET, HOUSE);
pub(super) const MEMBER_WALLET: AccountKey = AccountKey::party(Code::WALLET, MEMBER);
pub(super) const FLOAT: AccountKey = AccountKey::party(Code::FLOAT_AGENT, AGENT);
/// The escrow of an order; opened in both villages.
pub(super) const ESCROW: AccountKey = AccountKey { code: Code::ESCROW, owner: 0x1001 };
/// In no village.
pub(super) const UNOPENED: AccountKey = AccountKey { code: Code::ESCROW, owner: 0x9999 };

/// The largest amount of the shipped policy.
pub(super) const LARGEST: i64 = 1_000_000_000_000;

const PEOPLE: &[(PartyId, &str, PartyKind, Option<PartyId>, VillageId)] = &[
    (SHOP, "S01", PartyKind::Shop, None, VILLAGE),
    (HOUSE, "H01", PartyKind::Household, None, VILLAGE),
    (MEMBER, "H01-1", PartyKind::Member, Some(HOUSE), VILLAGE),
    (CHILD, "H01-2", PartyKind::Member, Some(HOUSE), VILLAGE),
    (HOME, "H02", PartyKind::Household, None, VILLAGE),
    (KIN, "H02-1", PartyKind::Member, Some(HOME), VILLAGE),
    (AGENT, "A01", PartyKind::Agent, Some(HOME), VILLAGE),
    (NOVICE, "A02", PartyKind::Agent, None, VILLAGE),
    (LODGER, "A03", PartyKind::Agent, None, VILLAGE),
    (COOPERATIVE, "C01", PartyKind::Cooperative, None, VILLAGE),
    (SUPPLIER, "V01", PartyKind::Supplier, None, VILLAGE),
    (NEIGHBOUR, "H03", PartyKind::Household, None, VILLAGE),
    (NEIGHBOUR_MEMBER, "H03-1", PartyKind::Member, Some(NEIGHBOUR), VILLAGE),
    (NEIGHBOUR_SON, "H03-2", PartyKind::Member, Some(NEIGHBOUR), VILLAGE),
    (CARRIER, "T01", PartyKind::Carrier, None, VILLAGE),
    (SECOND_CARRIER, "T02", PartyKind::Carrier, None, VILLAGE),
    (BUYER, "B01", PartyKind::Buyer, None, VILLAGE),
    (SECOND_BUYER, "B02", PartyKind::Buyer, None, VILLAGE),
    (SECOND_SUPPLIER, "V02", PartyKind::Supplier, None, VILLAGE),
    (SECOND_SHOP, "S02", PartyKind::Shop, None, VILLAGE),
    (SECOND_AGENT, "A04", PartyKind::Agent, None, VILLAGE),
    (STAFF, "P01", PartyKind::Staff, None, VILLAGE),
    (SECOND_STAFF, "P02", PartyKind::Staff, None, VILLAGE),
    (FAR_HOUSE, "H01", PartyKind::Household, None, ELSEWHERE),
    (FAR_MEMBER, "H01-1", PartyKind::Member, Some(FAR_HOUSE), ELSEWHERE),
    (FAR_STAFF, "P01", PartyKind::Staff, None, ELSEWHERE),
];

/// The members with a PIN.
const WITH_PIN: &[(PartyId, VillageId)] = &[
    (MEMBER, VILLAGE),
    (KIN, VILLAGE),
    (NEIGHBOUR_MEMBER, VILLAGE),
    (NEIGHBOUR_SON, VILLAGE),
    (FAR_MEMBER, ELSEWHERE),
];

/// 2026-07-20, eight in the morning in Shanghai.
const START: Instant = Instant::from_micros(20_654 * 86_400 * 1_000_000);

static SHIPPED: LazyLock<World> = LazyLock::new(|| World::with_policy(&shipped_policy()));

/// The policy as shipped.
pub(super) fn shipped_policy() -> Policy {
    toml::from_str(SHIPPED_TOML).unwrap()
}

pub(super) fn by(party: PartyId) -> Actor {
    Actor::Party(party)
}

/// The village's own account with this number.
pub(super) fn own(number: u16) -> AccountKey {
    AccountKey::village(Code::new(number).unwrap())
}

pub(super) fn hold(number: u128) -> HoldId {
    HoldId::from_bits(number)
}

pub(super) fn month(text: &str) -> Month {
    text.parse().unwrap()
}

/// A posting without a day and without evidence.
pub(super) fn post(lines: &[(AccountKey, i64)]) -> Body {
    post_on(None, lines)
}

pub(super) fn post_on(day: Option<&str>, lines: &[(AccountKey, i64)]) -> Body {
    Body::Post {
        effective_on: day.map(|day| day.parse().unwrap()),
        evidence: Vec::new(),
        lines: lines.iter().map(|&(key, amount)| Line(key, amount)).collect(),
        purpose: "test".to_owned(),
    }
}

/// A posting of one fen to the wallet, with this fact.
pub(super) fn post_fact(member: PartyId, counterparty: PartyId, value_minor: i64) -> Body {
    let kind = EvidenceKind::Sale;
    let (good, is_counter, order) = (true, false, None);
    let fact = Evidence { counterparty, good, is_counter, kind, member, order, value_minor };
    let evidence = vec![fact];
    let lines = vec![Line(BANK, 1), Line(WALLET, -1)];
    Body::Post { effective_on: None, evidence, lines, purpose: "test".to_owned() }
}

pub(super) fn proof(member: PartyId) -> Proof {
    Proof { by: ProofBy::Pin, member }
}

pub(super) fn cash_in(wallet: PartyId, amount_minor: i64) -> Body {
    Body::CashIn { amount_minor, shop: SHOP, wallet }
}

pub(super) fn cash_out(wallet: PartyId, amount_minor: i64, member: PartyId) -> Body {
    Body::CashOut { amount_minor, proof: proof(member), shop: SHOP, wallet }
}

pub(super) fn send(from: PartyId, amount_minor: i64, to_village: VillageId) -> Body {
    Body::SendMoney { amount_minor, from, proof: proof(MEMBER), to: FAR_HOUSE, to_village }
}

pub(super) fn pin() -> PinSecret {
    PinSecret { fingerprint: [7; 32], phc: "$argon2id$test".to_owned() }
}

pub(super) fn party(id: PartyId, code: &str, kind: PartyKind, household: Option<PartyId>) -> Party {
    let (certified, duty) = (BTreeSet::new(), Duty::default());
    Party { certified, code: code.parse().unwrap(), duty, household, id, kind, village: VILLAGE }
}

pub(super) fn profile(name: &str) -> Profile {
    let facts = BTreeMap::from([("phone".to_owned(), "feature".to_owned())]);
    Profile { facts, name: name.to_owned(), name_latin: "Tester".to_owned(), salt: [9; 32] }
}

pub(super) fn village_row(id: VillageId, code: &str) -> Village {
    Village {
        altitude_m: 3_658,
        closed_through: Some(month("2020-01")),
        code: code.parse().unwrap(),
        county: "涪城".to_owned(),
        currency: Currency::CNY,
        id,
        name: "桃家庄".to_owned(),
        name_latin: "Taojiazhuang".to_owned(),
        policy_version: 0,
        registered_on: "2020-01-01".parse().unwrap(),
    }
}

/// The training modules of an agent at the start.
fn modules(agent: PartyId) -> BTreeSet<Module> {
    let known: &[(PartyId, &[Module])] =
        &[(AGENT, &EVERY_MODULE), (SECOND_AGENT, &EVERY_MODULE), (LODGER, &[Module::M1])];
    let known = known.iter().find(|(id, _)| *id == agent).map(|(_, modules)| modules.iter());
    known.into_iter().flatten().copied().collect()
}

/// All there is to learn.
pub(super) const EVERY_MODULE: [Module; 6] =
    [Module::M1, Module::M2, Module::M3, Module::M4, Module::M5, Module::M6];

/// Opens the drawer of a shop.
pub(super) fn open_till(till: TillId, shop: PartyId, counted_minor: i64) -> Body {
    let command = TillCommand::Open { counted_minor, shop };
    Body::Till { command, till, version: None }
}

/// A token of the agent that is good for the year 2100.
pub(super) fn token(number: u128) -> Token {
    Token {
        expires_at: Instant::from_micros(4_102_444_800_000_000),
        id: TokenId::from_bits(number),
        party: AGENT,
        scopes: BTreeSet::from([Scope::Read, Scope::CashWrite]),
        secret_hash: [5; 32],
        village: VILLAGE,
    }
}

/// What the journal gives back of a record: all but what is stored beside it.
pub(super) fn without_secrets(mut record: Record) -> Record {
    for effect in &mut record.effects {
        match effect {
            Effect::PartyRegistered { profile, .. } => *profile = None,
            Effect::PinSet { phc, .. } => *phc = None,
            _ => {}
        }
    }
    record
}

/// The books, the clock and the journal.
#[derive(Clone)]
pub(super) struct World {
    /// Everything there is.
    pub(super) state: State,
    /// The journal: what was done, and what was refused.
    pub(super) records: Vec<Record>,
    at: Instant,
}

impl World {
    /// Two villages with their people under the shipped policy; nobody has money yet.
    pub(super) fn new() -> Self {
        SHIPPED.clone()
    }

    pub(super) fn with_policy(policy: &Policy) -> Self {
        let mut world = Self { state: State::whole(), records: Vec::new(), at: START };
        for (id, code) in [(VILLAGE, "TJZ"), (ELSEWHERE, "LJG")] {
            let (village, policy) = (village_row(id, code), Box::new(policy.clone()));
            world.system_in(id, Body::RegisterVillage { policy, village });
            world.system_in(id, Body::OpenAccount { account: ESCROW, label: "O-1001".to_owned() });
        }
        for &(id, code, kind, household, village) in PEOPLE {
            let mut party = party(id, code, kind, household);
            party.certified = modules(id);
            world.system_in(village, Body::RegisterParty { party, profile: profile(code) });
        }
        for &(member, village) in WITH_PIN {
            world.system_in(village, Body::SetPin { pin: pin(), member, proof: None });
        }
        world.submit(by(AGENT), open_till(TILL, SHOP, 0)).unwrap();
        world
    }

    fn system_in(&mut self, village: VillageId, body: Body) {
        self.submit_in(village, Actor::System, body).unwrap();
    }

    pub(super) fn now(&self) -> Now {
        let local_seconds = self.at.micros() / 1_000_000 + 8 * 3_600;
        let days = i32::try_from(local_seconds / 86_400).unwrap();
        Now { at: self.at, today: crate::time::Date::from_days(days).unwrap() }
    }

    /// The moment so many seconds from now.
    pub(super) fn later(&self, seconds: u32) -> Instant {
        self.at.plus_seconds(seconds)
    }

    pub(super) fn wait(&mut self, seconds: u32) {
        self.at = self.later(seconds);
    }

    /// Moves the clock forward to eight in the morning of a day.
    pub(super) fn wait_until(&mut self, day: &str) {
        let days = day.parse::<crate::time::Date>().unwrap().days();
        let at = Instant::from_micros(i64::from(days) * 86_400 * 1_000_000);
        assert!(at >= self.at, "the clock never goes back");
        self.at = at;
    }

    /// What the timer wheel does: submits every timer that is due, in its order, and those that
    /// they set in turn.
    pub(super) fn run_timers(&mut self) {
        for _ in 0..1_000 {
            let first = self.state.timer.iter().next().map(|(timer, village)| (*timer, *village));
            let Some((timer, village)) = first.filter(|(timer, _)| timer.due_at <= self.at) else {
                return;
            };
            let body = match timer {
                Timer { due_at, kind: TimerKind::ExpireHold, subject } => {
                    Body::ExpireHold { due_at, hold: hold(subject) }
                }
                timer => Body::TimeOut { timer },
            };
            self.submit_in(village, Actor::Clock, body).unwrap();
        }
        panic!("a timer never goes away");
    }

    pub(super) fn submit(&mut self, actor: Actor, body: Body) -> Result<Record, Refusal> {
        self.submit_in(VILLAGE, actor, body)
    }

    /// Submits as a person of the staff, what must be accepted.
    pub(super) fn staff(&mut self, body: Body) -> Record {
        self.submit(by(STAFF), body).unwrap()
    }

    /// Submits as the operator's own machine, what must be accepted.
    pub(super) fn system(&mut self, body: Body) -> Record {
        self.submit(Actor::System, body).unwrap()
    }

    /// Decides a command on exactly the rows that it names, and on everything: both must agree.
    pub(super) fn submit_in(
        &mut self,
        village: VillageId,
        actor: Actor,
        body: Body,
    ) -> Result<Record, Refusal> {
        let seq = u64::try_from(self.records.len() + 1).unwrap();
        let command = Command { id: CommandId::from_bits(seq.into()), village, actor, body };
        let mut view = self.view(std::slice::from_ref(&command));
        self.state.month_end = view.month_end.clone();
        let decided = decide(&view, &command, self.now());
        assert_eq!(decided, decide(&self.state, &command, self.now()), "{command:?}");
        let (effects, refusal) = match decided {
            Ok(effects) => (effects, None),
            Err(refusal) => (Vec::new(), Some(refusal)),
        };
        let record = Record {
            actor,
            at: self.at,
            body_hash: command.body_hash(),
            cell: CellId::new(3).unwrap(),
            effects,
            key: command.id,
            kind: command.body.kind().to_owned(),
            refusal: refusal.clone(),
            seq,
            village,
        };
        view.apply(&record);
        self.state.apply(&record);
        self.state.record.load(seq, Some(record.clone()));
        self.records.push(record.clone());
        assert_same_changes(&view, &self.state);
        refusal.map_or(Ok(record), Err)
    }

    /// Decides commands in one batch, as a lane does: on one view that is loaded before the first.
    /// The answers are those of the same commands one by one.
    pub(super) fn submit_batch(
        &mut self,
        batch: Vec<(VillageId, Actor, Body)>,
    ) -> Vec<Result<Record, Refusal>> {
        let id = CommandId::from_bits(1);
        let command = |(village, actor, body)| Command { id, village, actor, body };
        let commands: Vec<Command> = batch.into_iter().map(command).collect();
        let mut view = self.view(&commands);
        let mut answers = Vec::new();
        for command in commands {
            let decided = decide(&view, &command, self.now());
            let name = format!("{command:?}");
            let answer = self.submit_in(command.village, command.actor, command.body);
            assert_eq!(decided, answer.clone().map(|record| record.effects), "{name}");
            view.apply(self.records.last().unwrap());
            answers.push(answer);
        }
        answers
    }

    /// The rows that a batch of commands names, loaded until it wants nothing more.
    pub(super) fn view(&self, batch: &[Command]) -> State {
        let mut view = State::default();
        for _ in 0..8 {
            let mut wanted = Reads::default();
            for command in batch {
                reads(command, &view, &mut wanted);
            }
            if wanted.is_empty() {
                return view;
            }
            self.load(wanted, &mut view);
        }
        panic!("{batch:?} never has enough");
    }

    fn load(&self, wanted: Reads, view: &mut State) {
        let state = &self.state;
        load_all(wanted.villages, &state.villages, &mut view.villages);
        load_all(wanted.policies, &state.policies, &mut view.policies);
        load_all(wanted.parties, &state.party, &mut view.party);
        load_all(wanted.listings, &state.listing, &mut view.listing);
        load_all(wanted.orders, &state.order, &mut view.order);
        load_all(wanted.parcels, &state.parcel, &mut view.parcel);
        load_all(wanted.trips, &state.trip, &mut view.trip);
        load_all(wanted.disputes, &state.dispute, &mut view.dispute);
        load_all(wanted.groups, &state.group, &mut view.group);
        load_all(wanted.lots, &state.lot, &mut view.lot);
        load_all(wanted.pools, &state.pool, &mut view.pool);
        load_all(wanted.borrowers, &state.borrower, &mut view.borrower);
        load_all(wanted.tranches, &state.tranche, &mut view.tranche);
        load_all(wanted.loan_books, &state.loan_book, &mut view.loan_book);
        load_all(wanted.shelves, &state.shelf, &mut view.shelf);
        load_all(wanted.seasons, &state.season, &mut view.season);
        load_all(wanted.preorders, &state.preorder, &mut view.preorder);
        load_all(wanted.cooperatives, &state.cooperative, &mut view.cooperative);
        load_all(wanted.votes, &state.vote, &mut view.vote);
        load_all(wanted.tills, &state.till, &mut view.till);
        load_all(wanted.drawers, &state.drawer, &mut view.drawer);
        load_all(wanted.receipts, &state.receipt, &mut view.receipt);
        load_all(wanted.payers, &state.payer, &mut view.payer);
        load_all(wanted.photos, &state.photo, &mut view.photo);
        load_all(wanted.timers, &state.timer, &mut view.timer);
        load_all(wanted.codes, &state.code, &mut view.code);
        load_all(wanted.tokens, &state.token, &mut view.token);
        load_all(wanted.pins, &state.pin, &mut view.pin);
        load_all(wanted.accounts, &state.account, &mut view.account);
        load_all(wanted.holds, &state.hold, &mut view.hold);
        load_all(wanted.standings, &state.standing, &mut view.standing);
        load_all(wanted.trust, &state.trust, &mut view.trust);
        load_all(wanted.trust_pairs, &state.trust_pair, &mut view.trust_pair);
        load_all(wanted.trust_batches, &state.trust_batch, &mut view.trust_batch);
        let counted = |is_wanted: &dyn Fn(crate::id::OrderId, PartyId) -> bool,
                       view: &mut State| {
            for (key, row) in state.trust_counted.iter() {
                if is_wanted(key.0, row.counterparty) {
                    view.trust_counted.load(*key, Some(*row));
                }
            }
        };
        counted(&|order, _| wanted.trust_counted.contains(&order), view);
        counted(&|_, with| wanted.counted_with.contains(&with), view);
        view.counted_loaded.extend(&wanted.trust_counted);
        view.counted_with_loaded.extend(&wanted.counted_with);
        load_all(wanted.reversals, &state.reversal, &mut view.reversal);
        load_all(wanted.records, &state.record, &mut view.record);
        for village in wanted.pending_holds {
            let is_wanted = |hold: &crate::ledger::Hold| {
                hold.village == village && hold.status == HoldStatus::Pending
            };
            for (id, hold) in state.hold.iter().filter(|(_, hold)| is_wanted(hold)) {
                view.hold.load(*id, Some(hold.clone()));
            }
            view.holds_loaded.insert(village);
        }
        for (village, text) in wanted.month_ends {
            let balances = self.month_end(village, month(&text));
            view.month_end.load((village, text), Some(balances));
        }
    }

    /// The balances of all accounts at the end of a month, summed from the statements; as in the
    /// store, of every account that is open today, in order of its key.
    pub(super) fn month_end(&self, village: VillageId, month: Month) -> Vec<(AccountKey, i64)> {
        let after = month.next().map(Month::first_day);
        let is_within = |day| after.is_none_or(|after| day < after);
        let open = self.state.account.iter().filter(|(id, _)| id.village == village);
        let mut sums: BTreeMap<_, _> = open.map(|(id, _)| (id.key, 0)).collect();
        for entry in &self.state.appended.entries {
            if entry.account.village == village && is_within(entry.effective_on) {
                *sums.get_mut(&entry.account.key).unwrap() += entry.amount_minor;
            }
        }
        sums.into_iter().collect()
    }

    /// Puts money into an account, from the bank.
    pub(super) fn fund(&mut self, account: AccountKey, amount_minor: i64) {
        self.staff(post(&[(BANK, amount_minor), (account, -amount_minor)]));
    }

    /// Puts a changed policy into force.
    pub(super) fn adopt(&mut self, change: fn(&mut Policy)) {
        let mut policy = self.state.policy(VILLAGE).clone();
        policy.version += 1;
        change(&mut policy);
        self.staff(Body::AdoptPolicy { approved_by: SECOND_STAFF, policy: Box::new(policy) });
    }

    /// Lifts the limit of amounts, so that counters can fill up. No command can adopt such a
    /// policy: the journal just says that it is in force.
    pub(super) fn unlimit(&mut self) {
        let mut policy = self.state.policy(VILLAGE).clone();
        policy.version += 1;
        policy.ledger.amount_minor_max = i64::MAX;
        self.has_happened(vec![Effect::PolicyAdopted(Box::new(policy))]);
    }

    /// Writes down what no command could do, or only in very many steps.
    pub(super) fn has_happened(&mut self, effects: Vec<Effect>) {
        let seq = u64::try_from(self.records.len() + 1).unwrap();
        let record = Record {
            actor: Actor::System,
            at: self.at,
            body_hash: [0; 32],
            cell: CellId::new(3).unwrap(),
            effects,
            key: CommandId::from_bits(seq.into()),
            kind: "fixture".to_owned(),
            refusal: None,
            seq,
            village: VILLAGE,
        };
        self.state.apply(&record);
        self.state.record.load(seq, Some(record.clone()));
        self.records.push(record);
    }

    /// Reserves wallet money for the order.
    pub(super) fn reserve(&mut self, number: u128, amount_minor: i64, seconds: u32) -> Record {
        let body = self.place(number, amount_minor, seconds);
        self.staff(body)
    }

    pub(super) fn place(&self, number: u128, amount_minor: i64, seconds: u32) -> Body {
        let (hold, expires_at) = (hold(number), self.later(seconds));
        Body::PlaceHold { amount_minor, credit: ESCROW, debit: WALLET, expires_at, hold }
    }

    pub(super) fn account(&self, key: AccountKey) -> &Account {
        self.state.account.get(&AccountId { village: VILLAGE, key }).unwrap()
    }

    /// The posted balance on the normal side.
    pub(super) fn owned(&self, key: AccountKey) -> i64 {
        self.account(key).owned_minor()
    }

    /// The number of the latest record.
    pub(super) fn last_seq(&self) -> u64 {
        self.records.last().unwrap().seq
    }
}

fn load_all<K: Ord + Clone + std::fmt::Debug, V: Clone>(
    keys: BTreeSet<K>,
    from: &Table<K, V>,
    into: &mut Table<K, V>,
) {
    for key in keys {
        assert!(!into.is_loaded(&key), "{key:?} is wanted though it is loaded");
        let row = from.get(&key).cloned();
        into.load(key, row);
    }
}

/// Checks that what a record changed in the view is as it is in the books.
fn assert_same_changes(view: &State, books: &State) {
    fn same<K, V>(view: &Table<K, V>, books: &Table<K, V>)
    where
        K: Ord + Clone + std::fmt::Debug,
        V: PartialEq + std::fmt::Debug,
    {
        for (key, row) in view.changes() {
            assert_eq!(row, books.get(key), "the view differs from the books at {key:?}");
        }
    }
    same(&view.villages, &books.villages);
    same(&view.party, &books.party);
    same(&view.listing, &books.listing);
    same(&view.order, &books.order);
    same(&view.parcel, &books.parcel);
    same(&view.trip, &books.trip);
    same(&view.dispute, &books.dispute);
    same(&view.group, &books.group);
    same(&view.lot, &books.lot);
    same(&view.pool, &books.pool);
    same(&view.borrower, &books.borrower);
    same(&view.tranche, &books.tranche);
    same(&view.loan_book, &books.loan_book);
    same(&view.shelf, &books.shelf);
    same(&view.season, &books.season);
    same(&view.preorder, &books.preorder);
    same(&view.cooperative, &books.cooperative);
    same(&view.vote, &books.vote);
    same(&view.till, &books.till);
    same(&view.drawer, &books.drawer);
    same(&view.receipt, &books.receipt);
    same(&view.payer, &books.payer);
    same(&view.photo, &books.photo);
    same(&view.code, &books.code);
    same(&view.token, &books.token);
    same(&view.pin, &books.pin);
    same(&view.account, &books.account);
    same(&view.hold, &books.hold);
    same(&view.timer, &books.timer);
    same(&view.standing, &books.standing);
    same(&view.reversal, &books.reversal);
    same(&view.trust, &books.trust);
    same(&view.trust_pair, &books.trust_pair);
    same(&view.trust_counted, &books.trust_counted);
    same(&view.trust_batch, &books.trust_batch);
}

/// Checks that the journal's text of every record is canonical and reads back as the same record.
pub(super) fn assert_journal_is_sound(records: &[Record]) {
    for record in records {
        let bytes = codec::to_bytes(record);
        assert!(codec::is_canonical(&bytes), "{}", String::from_utf8_lossy(&bytes));
        let read: Record = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read, without_secrets(record.clone()));
    }
}
