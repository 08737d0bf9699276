//! The demo village: Tujiazhai, 200 households, loaded through the commands that everyone uses.
//! Owns the cast and the golden journals; the data is invented, see the file's own notice.

mod catalogue;
pub(crate) mod data;
mod french;
mod golden;
mod journals;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use verger_app::clock::ManualClock;
use verger_app::{App, AppError};
use verger_domain::codec;
use verger_domain::command::Command;
use verger_domain::id::{PartyId, PoolId, VillageId};
use verger_domain::money::Currency;
use verger_domain::party::{Duty, Module, Office, Party, PartyKind, Profile, ShortCode, Village};
use verger_domain::{Actor, Body};

pub(crate) use catalogue::{BOX_FREIGHT_FEN, listing_id};

use crate::village::{command, named};
use data::{DemoVillage, Names};

/// The number of the demo village.
pub const VILLAGE: VillageId = VillageId::new(1);

/// The PIN of the demo members who have one. Play money: everybody may know it.
pub const DEMO_PIN: &str = "246810";

/// The password of the demo's staff and firms. Play money: everybody may know it.
pub const DEMO_PASSWORD: &str = "peach orchard";

/// Who may be tried out, with what he signs in with: an agent, the cooperative, the operator, the
/// auditor, a villager, one who borrows in the season, a supplier, and the programme officer.
pub const DOORS: [(&str, &str); 9] = [
    ("A1", DEMO_PIN),
    ("COOP", DEMO_PASSWORD),
    ("ST1", DEMO_PASSWORD),
    ("ST2", DEMO_PASSWORD),
    ("ST3", DEMO_PASSWORD),
    ("M018", DEMO_PIN),
    ("M005", DEMO_PIN),
    ("S8", DEMO_PASSWORD),
    ("ST4", DEMO_PASSWORD),
];

/// The people of the staff: code, names, what they are, and their post.
const STAFF: [(&str, &str, &str, &str, Option<Office>); 4] = [
    ("ST1", "彭秀兰", "Peng Xiulan", "county operator", None),
    ("ST2", "覃大伟", "Qin Dawei", "county operator", None),
    ("ST3", "田文静", "Tian Wenjing", "auditor", Some(Office::Auditor)),
    ("ST4", "向志远", "Xiang Zhiyuan", "programme officer", Some(Office::Programme)),
];

/// Households whose head has a PIN in the demo: three who like to use it, and the cooperative's
/// board, who approve pools and sit on panels.
pub const WITH_PIN: [&str; 7] = ["H003", "H005", "H018", "H038", "H062", "H091", "H112"];

/// The day the demo's books begin.
const FIRST_DAY: &str = "2026-06-01";

/// What was loaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Parties by kind.
    pub parties: BTreeMap<PartyKind, usize>,
    /// Listings of the catalogue.
    pub listings: usize,
    /// Golden journals that the machines played.
    pub journals: usize,
    /// Their steps, each equal to the fen.
    pub steps: usize,
}

/// How far the loading is, and with what.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// Commands answered.
    pub done: usize,
    /// Commands in all.
    pub total: usize,
    /// What is being loaded.
    pub what: &'a str,
}

/// Why the demo could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The data is not what this program expects.
    #[error("the demo data is broken: {0}")]
    Data(String),
    /// A command was not answered or was refused.
    #[error("the demo command {name} failed: {source}")]
    Command {
        /// Which.
        name: String,
        /// Why.
        source: AppError,
    },
}

/// The moment at which the demo's books begin: the clock of the loading app must stand there.
pub fn first_moment(app_calendar: &verger_app::clock::Calendar) -> verger_domain::time::Instant {
    app_calendar.start_of(FIRST_DAY.parse().expect("the first day is a day"))
}

/// Loads the village into an empty store and plays the golden journals. The same data gives the same journal to the byte.
///
/// # Errors
/// [`DemoError`]; what was answered before stays, and a second call repeats it harmlessly.
pub fn load_journals(
    app: &App,
    clock: &Arc<ManualClock>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Summary, DemoError> {
    let demo = DemoVillage::shipped()?;
    let mut summary = settle(app, clock, &demo, Story::Journals, progress)?;
    golden::play(app, clock, &demo)?;
    (summary.journals, summary.steps) = golden::compare(app, &demo)?;
    Ok(summary)
}

/// Which story the village is settled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Story {
    /// The golden journals: their pool is of one week, and they spend what was earned before.
    Journals,
    /// A whole season: each variety has one pool, and everybody begins with nothing.
    Season,
}

/// The fund that a season lends from, in minor units: 500 yuan for each of two hundred households.
const SEASON_FUND_MINOR: i64 = 10_000_000;

/// Brings people, catalogue and the loan fund into an empty store.
pub(crate) fn settle(
    app: &App,
    clock: &Arc<ManualClock>,
    demo: &DemoVillage,
    story: Story,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Summary, DemoError> {
    clock.set(first_moment(app.calendar()));
    let mut summary = Summary::default();
    let mut commands = vec![("village", village(app, demo))];
    for party in parties(demo)? {
        *summary.parties.entry(party.party.kind).or_insert(0) += 1;
        let name = format!("party {}", party.party.code);
        let body = Body::RegisterParty { party: party.party, profile: party.profile };
        commands.push(("people", command(VILLAGE, Actor::System, &name, body)));
    }
    for (code, person, is_pin) in who_signs_in(demo) {
        let pin = if is_pin {
            app.new_pin(person, DEMO_PIN)
        } else {
            app.new_password(person, DEMO_PASSWORD)
        };
        let pin = pin.map_err(|source| DemoError::Command { name: "pin".to_owned(), source })?;
        let body = Body::SetPin { member: person, pin, proof: None };
        let name = format!("pin {code}");
        commands.push(("people", command(VILLAGE, Actor::System, &name, body)));
    }
    let catalogue = catalogue::commands(demo, story)?;
    summary.listings = catalogue.len();
    for steps in catalogue {
        commands.extend(steps.into_iter().map(|command| ("listings", command)));
    }
    let opening = match story {
        Story::Journals => journals::opening(demo)?,
        // In a whole season two hundred families borrow, many of them at once.
        Story::Season => vec![journals::fund(SEASON_FUND_MINOR)],
    };
    commands.extend(opening.into_iter().map(|command| ("opening balances", command)));
    submit_all(app, clock, commands, progress)?;
    Ok(summary)
}

/// Everybody of the demo who signs in: code, id, and whether by PIN.
fn who_signs_in(demo: &DemoVillage) -> Vec<(String, PartyId, bool)> {
    let members =
        WITH_PIN.iter().map(|code| (code.to_string(), party_id(&member_code(code)), true));
    let agents = demo.agents.iter().map(|agent| (agent.id.clone(), party_id(&agent.id), true));
    let firms = demo.suppliers.iter().chain(&demo.carriers).map(|firm| firm.id.as_str());
    let firms = firms.chain([demo.cooperative.id.as_str()]).chain(STAFF.map(|person| person.0));
    let firms = firms.map(|code| (code.to_owned(), party_id(code), false));
    members.chain(agents).chain(firms).collect()
}

/// Sends the commands in order, some hundred at a time, and expects each to be accepted.
fn submit_all(
    app: &App,
    clock: &Arc<ManualClock>,
    commands: Vec<(&str, Command)>,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), DemoError> {
    const AT_ONCE: usize = 64;
    let total = commands.len();
    let mut commands = commands.into_iter().peekable();
    let mut done = 0;
    while commands.peek().is_some() {
        let mut waiting = Vec::new();
        for (what, command) in commands.by_ref().take(AT_ONCE) {
            let name = format!("{} {}", command.body.kind(), command.id);
            let sent = app.send(command);
            let failed = |source| DemoError::Command { name: name.clone(), source };
            waiting.push((what, name.clone(), sent.map_err(failed)?));
        }
        for (what, name, pending) in waiting {
            let failed = |source| DemoError::Command { name: name.clone(), source };
            pending.wait().map_err(failed)?.accepted().map_err(failed)?;
            done += 1;
            progress(Progress { done, total, what });
        }
        clock.advance_seconds(60);
    }
    Ok(())
}

fn village(app: &App, demo: &DemoVillage) -> Command {
    let row = Village {
        altitude_m: demo.village.altitude_m,
        closed_through: None,
        code: short_code(&demo.village.id),
        county: demo.village.county.hanzi.clone(),
        currency: Currency::CNY,
        id: VILLAGE,
        name: demo.village.hanzi.clone(),
        name_latin: demo.village.pinyin.clone(),
        policy_version: app.policy().version,
        registered_on: app.now().today,
    };
    let body = Body::RegisterVillage { policy: Box::new(app.policy().clone()), village: row };
    command(VILLAGE, Actor::System, "village", body)
}

struct NewParty {
    party: Party,
    profile: Profile,
}

/// The id of a party of the demo village.
pub fn party_id(code: &str) -> PartyId {
    named(&format!("{VILLAGE} demo party {code}"))
}

/// The code of the member who heads a household.
pub(crate) fn member_code(household: &str) -> String {
    household.replacen('H', "M", 1)
}

/// The id of a pool of the demo village.
pub(crate) fn pool_id(code: &str) -> PoolId {
    PoolId::from_bits(journals::subject(code))
}

fn short_code(text: &str) -> ShortCode {
    text.parse().expect("the demo's codes are short")
}

fn new_party(
    kind: PartyKind,
    code: &str,
    household: Option<&str>,
    names: &Names,
    facts: &[(&str, String)],
) -> NewParty {
    let facts = facts.iter().filter(|(_, value)| !value.is_empty());
    let facts = facts.map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    let latin = names.pinyin.as_ref().or(names.english.as_ref());
    let profile = Profile {
        facts,
        name: names.hanzi.clone(),
        name_latin: latin.unwrap_or(&names.hanzi).clone(),
        salt: codec::sha256(format!("demo salt {code}").as_bytes()),
    };
    let party = Party {
        certified: BTreeSet::new(),
        code: short_code(code),
        duty: Duty::default(),
        household: household.map(party_id),
        id: party_id(code),
        kind,
        village: VILLAGE,
    };
    NewParty { party, profile }
}

fn parties(demo: &DemoVillage) -> Result<Vec<NewParty>, DemoError> {
    let shop = &demo.village.shop;
    // What follows the comma is English prose, which a page in another language must not show.
    let link = shop.link.split(',').next().unwrap_or_default().to_owned();
    let facts = [("hours", shop.hours.clone()), ("link", link)];
    let mut all = vec![new_party(PartyKind::Shop, &shop.id, None, &shop.names, &facts)];
    let coop = &demo.cooperative;
    let facts = [("founded", coop.founded.clone()), ("members", coop.members.to_string())];
    all.push(new_party(PartyKind::Cooperative, &coop.id, None, &coop.names, &facts));
    for (code, hanzi, pinyin, role, office) in STAFF {
        let (hanzi, pinyin) = (hanzi.to_owned(), Some(pinyin.to_owned()));
        let names = Names { hanzi, pinyin, english: None };
        let facts = [("role", role.to_owned())];
        let mut person = new_party(PartyKind::Staff, code, None, &names, &facts);
        person.party.duty.office = office;
        all.push(person);
    }
    for agent in &demo.agents {
        let facts = [
            ("role", agent.role.clone()),
            ("degree", agent.degree.clone()),
            ("focus", agent.focus.clone()),
            ("since", agent.started.clone()),
        ];
        let mut party = new_party(PartyKind::Agent, &agent.id, None, &agent.names, &facts);
        let modules = agent.certified.iter().map(|name| module(name));
        party.party.certified = modules.collect::<Result<_, _>>()?;
        all.push(party);
    }
    for household in &demo.households {
        let group = [("group", household.group.clone()), ("size", household.size.to_string())];
        let (code, head) = (household.id.as_str(), &household.head);
        all.push(new_party(PartyKind::Household, code, None, &head.names, &group));
        let facts = [("phone", household.phone.clone()), ("reading", household.reading.clone())];
        let member = member_code(code);
        all.push(new_party(PartyKind::Member, &member, Some(code), &head.names, &facts));
    }
    let outside = [
        (PartyKind::Supplier, &demo.suppliers),
        (PartyKind::Carrier, &demo.carriers),
        (PartyKind::Buyer, &demo.buyers),
    ];
    for (kind, firms) in outside {
        for firm in firms {
            let facts = [("town", firm.town.clone()), ("kind", firm.kind.clone())];
            all.push(new_party(kind, &firm.id, None, &firm.names, &facts));
        }
    }
    Ok(all)
}

fn module(name: &str) -> Result<Module, DemoError> {
    serde_json::from_value(serde_json::Value::from(name))
        .map_err(|_| DemoError::Data(format!("there is no training module {name}")))
}

#[cfg(test)]
mod tests {
    use verger_domain::time::Instant;
    use verger_store::{Location, Store};

    use super::*;
    use crate::temp::TempFolder;
    use crate::village::open_app_at;

    /// Goal: the machines produce the golden journals, to the fen, and the books are sound.
    /// Method: the demo loads, which compares each step; then the check replays everything.
    #[test]
    fn the_machines_play_the_golden_journals() {
        let folder = TempFolder::new().unwrap();
        let store = Store::new(Location::Folder(folder.path().to_owned()));
        let clock = Arc::new(ManualClock::new(Instant::from_micros(1_780_000_000_000_000)));
        let app = open_app_at(store.clone(), &clock, |config| config).unwrap();
        let summary = load_journals(&app, &clock, &mut |_| {}).unwrap();
        assert_eq!((summary.journals, summary.steps), (9, 28));
        app.close();
        let report = verger_app::check::run(&store, &mut |_| {}).unwrap();
        assert!(report.is_green(), "{:?}", report.differences);
    }
}
