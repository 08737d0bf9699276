//! Real villages, imported from lists: households sell what they make to those they are tied with
//! and to buyers outside, earn trust, borrow and repay, through the commands that everybody uses. Owns what happens
//! when; what is allowed is the domain's. The same lists and the same seed give the same journals.

mod lists;
mod loans;
mod trade;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use verger_app::App;
use verger_app::clock::ManualClock;
use verger_app::households::{Column, Reading};
use verger_domain::id::{PartyId, VillageId};
use verger_domain::party::PartyKind;
use verger_domain::time::Date;
use verger_store::PartyFilter;

use crate::demo::{DemoError, Progress};
use crate::season::calendar::{day, later};
use trade::Hamlet;

pub use lists::{Lists, ListsError};

/// The first day of the villages' books.
const FIRST_DAY: &str = "2026-06-01";

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Where chance starts from.
    pub seed: u64,
    /// How many days.
    pub days: u32,
}

impl Default for Plan {
    /// A season of sixteen weeks.
    fn default() -> Self {
        Self { seed: 2026, days: 112 }
    }
}

/// What happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The villages.
    pub villages: Vec<VillageId>,
    /// Their households.
    pub households: usize,
    /// Ties between households of one village.
    pub ties: usize,
    /// Orders between tied households.
    pub tied_orders: u64,
    /// Orders from outside.
    pub outside_orders: u64,
    /// Loans drawn.
    pub loans: u64,
    /// What they lent, in minor units.
    pub lent_minor: i64,
    /// Loans that were repaid out of a wallet.
    pub repaid: u64,
    /// Commands that were sent after the import.
    pub commands: u64,
}

/// Imports the lists into an empty store and plays a season.
///
/// # Errors
/// [`DemoError`]; what was answered before stays.
pub fn play(
    app: &App,
    clock: &Arc<ManualClock>,
    (lists, plan): (&Lists, Plan),
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<Told, DemoError> {
    let first = day(FIRST_DAY)?;
    clock.set(app.calendar().start_of(first));
    // News arrives when the story says so: the same lists must give the same journals.
    app.hold_messages(true);
    import(app, lists, progress)?;
    let mut hamlets = Vec::new();
    let villages = app.villages();
    // They may all be of one county, and so share one lane.
    for (number, village) in (1_usize..).zip(villages.keys().copied()) {
        let homes = households(app, village)?;
        hamlets.push(Hamlet::found((app, clock), (village, villages.len()), plan.seed, homes)?);
        progress(Progress { done: number, total: villages.len(), what: "shops and goods" });
    }
    let ties = tie(&mut hamlets, lists);
    let days: Vec<Date> =
        (1..=plan.days).map(|n| later(first, i32::try_from(n).unwrap_or(i32::MAX))).collect();
    for (number, today) in days.iter().enumerate() {
        // Everything of the day before is answered before the clock moves, in every village.
        for hamlet in &mut hamlets {
            hamlet.settle()?;
        }
        app.deliver_messages();
        clock.set(app.calendar().start_of(*today).plus_seconds(9 * 3_600));
        for hamlet in &mut hamlets {
            hamlet.day((number, days.len()))?;
        }
        let what = today.to_string();
        progress(Progress { done: number.saturating_add(1), total: days.len(), what: &what });
    }
    let mut told = Told { ties, ..Told::default() };
    for hamlet in &mut hamlets {
        hamlet.settle()?;
        hamlet.tell(&mut told);
    }
    app.hold_messages(false);
    Ok(told)
}

fn import(
    app: &App,
    lists: &Lists,
    progress: &mut dyn FnMut(Progress<'_>),
) -> Result<(), DemoError> {
    let headers = BTreeMap::from([(Column::Code, "hh".to_owned())]);
    let reading = Reading { village: None, county: Some("Tumkur".to_owned()), headers };
    let mut note = |done, total| progress(Progress { done, total, what: "households" });
    let name = "import".to_owned();
    let import = app
        .import_households(&lists.households, &reading, false, &mut note)
        .map_err(|source| DemoError::Command { name, source })?;
    match (import.problems.first(), import.refused.first()) {
        (Some(problem), _) => {
            Err(DemoError::Data(format!("row {}: {}", problem.row, problem.wrong)))
        }
        (_, Some((row, refusal))) => Err(DemoError::Data(format!("row {row}: {refusal}"))),
        (None, None) => Ok(()),
    }
}

/// A household as the list brought it in.
struct Home {
    code: String,
    party: PartyId,
    /// Who heads it.
    member: Option<PartyId>,
}

/// The households of a village, by code.
fn households(app: &App, village: VillageId) -> Result<Vec<Home>, DemoError> {
    let of_kind = |kind| PartyFilter { kind: Some(kind), after_code: String::new() };
    let found = app.ask_blocking(village, move |reader, cell| {
        let homes = reader.parties(cell, village, &of_kind(PartyKind::Household), u32::MAX)?;
        let heads = reader.parties(cell, village, &of_kind(PartyKind::Member), u32::MAX)?;
        Ok((homes, heads))
    });
    let name = "households".to_owned();
    let (homes, heads) = found.map_err(|source| DemoError::Command { name, source })?;
    let heads: BTreeMap<PartyId, PartyId> =
        heads.iter().filter_map(|view| Some((view.party.household?, view.party.id))).collect();
    let home = |party: verger_domain::party::Party| Home {
        code: party.code.to_string(),
        party: party.id,
        member: heads.get(&party.id).copied(),
    };
    Ok(homes.into_iter().map(|view| home(view.party)).collect())
}

/// Tells each household whom it is tied with; how many ties there are. Ties to other villages are no
/// ties of a counter.
fn tie(hamlets: &mut [Hamlet<'_>], lists: &Lists) -> usize {
    let mut places: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (index, hamlet) in hamlets.iter().enumerate() {
        for (place, code) in hamlet.codes().enumerate() {
            places.insert(code.to_owned(), (index, place));
        }
    }
    let mut count = 0_usize;
    for (one, other) in &lists.ties {
        let (Some(one), Some(other)) = (places.get(one), places.get(other)) else { continue };
        if one.0 == other.0
            && one.1 != other.1
            && let Some(hamlet) = hamlets.get_mut(one.0)
        {
            hamlet.tie(one.1, other.1);
            count = count.saturating_add(1);
        }
    }
    count
}

/// The lists of a folder; generated ones where there is no such folder.
///
/// # Errors
/// [`ListsError`] when a list of the folder cannot be read.
pub fn lists(folder: &Path, seed: u64) -> Result<Lists, ListsError> {
    if folder.exists() { Lists::read(folder) } else { Ok(Lists::generated(seed)) }
}
