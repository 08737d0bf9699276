//! A small village with everyone in it, registered through commands. Owns the cast that tests,
//! vectors and benches play with; the demo village has its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_app::{App, AppError, Config, Receipt, Secret, policy_file};
use verger_domain::codec;
use verger_domain::id::{CommandId, Id, PartyId, VillageId};
use verger_domain::ledger::{AccountKey, Code};
use verger_domain::market::command::TillCommand;
use verger_domain::money::Currency;
use verger_domain::party::{Duty, Module, Party, PartyKind, Profile, ShortCode, Village};
use verger_domain::time::Instant;
use verger_domain::{Actor, Body, Command};
use verger_store::Store;

/// A village and the ids of those who live and work in it.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The village.
    pub village: VillageId,
    /// Its shop.
    pub shop: PartyId,
    /// The agent, certified for everything; his drawer is open.
    pub agent: PartyId,
    /// A buyer outside.
    pub buyer: PartyId,
    /// Two persons of the staff.
    pub staff: [PartyId; 2],
    /// The cooperative.
    pub cooperative: PartyId,
    /// A supplier.
    pub supplier: PartyId,
    /// A carrier.
    pub carrier: PartyId,
    /// Households, in order.
    pub households: Vec<PartyId>,
    /// One member of each household, in the same order.
    pub members: Vec<PartyId>,
}

/// The day on which test villages begin.
pub const START_MICROS: i64 = 1_780_000_000_000_000;

/// An app on a store with a clock that stands, the shipped policy and the public secret.
///
/// # Errors
/// As [`App::open`].
pub fn open_app(store: Store) -> Result<(App, Arc<ManualClock>), verger_store::StoreError> {
    let clock = Arc::new(ManualClock::new(Instant::from_micros(START_MICROS)));
    Ok((open_app_at(store, &clock, |config| config)?, clock))
}

/// An app as [`open_app`] makes it, with another clock and changed sizes.
///
/// # Errors
/// As [`App::open`].
pub fn open_app_at(
    store: Store,
    clock: &Arc<ManualClock>,
    change: impl FnOnce(Config) -> Config,
) -> Result<App, verger_store::StoreError> {
    let policy = policy_file::load(None).expect("the shipped policy is valid");
    let shared: Arc<dyn verger_app::clock::Clock> = Arc::<ManualClock>::clone(clock);
    let config = Config::new(store, shared, policy, Secret::public_demo());
    App::open(change(config))
}

/// An id made of a name: the same name, the same id.
pub fn named<K>(name: &str) -> Id<K> {
    let mut bits = [0; 16];
    bits.copy_from_slice(codec::sha256(name.as_bytes()).split_at(16).0);
    Id::from_bytes(bits)
}

/// A command with an id made of its name.
pub fn command(village: VillageId, actor: Actor, name: &str, body: Body) -> Command {
    let id: CommandId = named(&format!("{village} {name}"));
    Command { id, village, actor, body }
}

/// A profile of invented people: name and salt come from the code.
pub fn profile(code: &str) -> Profile {
    let (name, salt) = (format!("{code} 某"), codec::sha256(code.as_bytes()));
    Profile { facts: BTreeMap::new(), name, name_latin: code.to_owned(), salt }
}

/// The command that registers a village.
pub fn register_village(app: &App, village: VillageId, county: &str) -> Command {
    let row = Village {
        altitude_m: 550,
        closed_through: None,
        code: short_code(&format!("V{village}")),
        county: county.to_owned(),
        currency: Currency::CNY,
        id: village,
        name: format!("第{village}村"),
        name_latin: format!("Village {village}"),
        policy_version: 0,
        registered_on: app.now().today,
    };
    let body = Body::RegisterVillage { policy: Box::new(app.policy().clone()), village: row };
    command(village, Actor::System, "village", body)
}

/// The command that registers a party under a code.
pub fn register_party(
    village: VillageId,
    kind: PartyKind,
    code: &str,
    household: Option<PartyId>,
) -> Command {
    let certified = match kind {
        PartyKind::Agent => Module::ALL.into(),
        _ => BTreeSet::new(),
    };
    let id = party_id(village, code);
    let (code_text, duty) = (short_code(code), Duty::default());
    let party = Party { certified, code: code_text, duty, household, id, kind, village };
    let body = Body::RegisterParty { party, profile: profile(code) };
    command(village, Actor::System, &format!("party {code}"), body)
}

/// The id of the party with this code in a cast's village.
pub fn party_id(village: VillageId, code: &str) -> PartyId {
    named(&format!("{village} party id {code}"))
}

fn short_code(text: &str) -> ShortCode {
    text.parse().expect("codes of the cast are short")
}

/// Registers a village with `households` households.
///
/// # Errors
/// When a command is not answered or is refused.
pub fn settle(
    app: &App,
    village: VillageId,
    county: &str,
    households: usize,
) -> Result<Cast, AppError> {
    app.submit_blocking(register_village(app, village, county))?.accepted()?;
    let single = [
        (PartyKind::Shop, "SHOP"),
        (PartyKind::Agent, "A1"),
        (PartyKind::Staff, "ST1"),
        (PartyKind::Staff, "ST2"),
        (PartyKind::Cooperative, "COOP"),
        (PartyKind::Supplier, "S1"),
        (PartyKind::Carrier, "C1"),
        (PartyKind::Buyer, "B1"),
    ];
    let mut waiting = Vec::new();
    for (kind, code) in single {
        waiting.push(app.send(register_party(village, kind, code, None))?);
    }
    for number in 1..=households {
        let (house, member) = (format!("H{number:03}"), format!("M{number:03}"));
        let house_id = party_id(village, &house);
        waiting.push(app.send(register_party(village, PartyKind::Household, &house, None))?);
        let household = Some(house_id);
        waiting.push(app.send(register_party(village, PartyKind::Member, &member, household))?);
        if waiting.len() > 1000 {
            settle_all(&mut waiting)?;
        }
    }
    settle_all(&mut waiting)?;
    let cast = Cast::known(village, households);
    accept(app, cast.open_till("till", 0))?;
    Ok(cast)
}

fn settle_all(waiting: &mut Vec<verger_app::Pending>) -> Result<(), AppError> {
    for pending in waiting.drain(..) {
        pending.wait()?.accepted()?;
    }
    Ok(())
}

impl Cast {
    /// The cast that [`settle`] registers: ids follow from the codes.
    pub fn known(village: VillageId, households: usize) -> Self {
        let id = |code: &str| party_id(village, code);
        Self {
            village,
            shop: id("SHOP"),
            agent: id("A1"),
            buyer: id("B1"),
            staff: [id("ST1"), id("ST2")],
            cooperative: id("COOP"),
            supplier: id("S1"),
            carrier: id("C1"),
            households: (1..=households).map(|n| id(&format!("H{n:03}"))).collect(),
            members: (1..=households).map(|n| id(&format!("M{n:03}"))).collect(),
        }
    }

    /// A command of the village's first person of the staff.
    pub fn by_staff(&self, name: &str, body: Body) -> Command {
        command(self.village, Actor::Party(self.staff[0]), name, body)
    }

    /// A command of the village's agent.
    pub fn by_agent(&self, name: &str, body: Body) -> Command {
        command(self.village, Actor::Party(self.agent), name, body)
    }

    /// The agent counts his drawer and opens it.
    pub fn open_till(&self, name: &str, counted_minor: i64) -> Command {
        let command = TillCommand::Open { counted_minor, shop: self.shop };
        let till = named(&format!("{} till {name}", self.village));
        self.by_agent(name, Body::Till { command, till, version: None })
    }

    /// The wallet of a household, by its place.
    pub fn wallet(&self, household: usize) -> AccountKey {
        let party = self.households.get(household).expect("the cast has this household");
        AccountKey::party(Code::WALLET, *party)
    }

    /// Cash over the counter into the wallet of a household.
    pub fn cash_in(&self, name: &str, household: usize, amount_minor: i64) -> Command {
        let wallet = *self.households.get(household).expect("the cast has this household");
        let body = Body::CashIn { amount_minor, shop: self.shop, wallet };
        self.by_agent(name, body)
    }
}

/// Submits and expects acceptance.
///
/// # Errors
/// When the command is not answered or is refused.
pub fn accept(app: &App, command: Command) -> Result<Receipt, AppError> {
    let receipt = app.submit_blocking(command)?;
    receipt.accepted()?;
    Ok(receipt)
}
