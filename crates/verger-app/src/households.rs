//! Lists of households, as an operator brings a village in from a spreadsheet: what a list may look
//! like, what importing it would do, and how that is carried out. What a party may be is the
//! domain's.
//!
//! An import is all or nothing as far as can be seen beforehand: one wrong cell and no command is
//! sent. Its commands have keys that follow from the village, the code and the text of the row, so
//! that sending the same list again changes nothing more.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use csv::{ReaderBuilder, StringRecord};
use verger_domain::codec::{self, Hash};
use verger_domain::id::{Id, PartyId, VillageId};
use verger_domain::party::{Duty, Party, PartyKind, Profile, ShortCode, Village};
use verger_domain::{Actor, Body, Command, Refusal};
use verger_store::PartyFilter;

use crate::App;
use crate::error::AppError;

/// The longest name, in characters: the domain's own limit.
const NAME_CHARS_MAX: usize = 100;

/// A column of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    /// The number of the village, where the list is of several.
    Village,
    /// The short code of the household, unique in its village.
    Code,
    /// Its name in the local script; the code stands for a name that is not told.
    Name,
    /// Its name in Latin letters.
    NameLatin,
    /// The part of the village that it lives in.
    Group,
    /// Which telephone it has.
    Phone,
}

impl Column {
    /// All columns.
    pub const ALL: [Self; 6] =
        [Self::Village, Self::Code, Self::Name, Self::NameLatin, Self::Group, Self::Phone];

    /// The name in the first row.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Code => "code",
            Self::Name => "name",
            Self::NameLatin => "name_latin",
            Self::Group => "group",
            Self::Phone => "phone",
        }
    }
}

/// What is wrong with a list or a row of it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// A column that is needed is not there.
    #[error("there is no such column; name it so, or say which one it is with --column {0}=HEADER")]
    ColumnMissing(&'static str),
    /// The row has more or fewer cells than the first one, or is not UTF-8.
    #[error("the row cannot be read: {0}")]
    Row(String),
    /// The list has no row but the first.
    #[error("the list has no rows")]
    NoRows,
    /// It is not the number of a village.
    #[error("this is not the number of a village; villages are numbered from 1")]
    NotAVillage,
    /// The village is not there, and its county is not told.
    #[error("there is no such village; say its county with --county, and it is registered")]
    NoSuchVillage,
    /// It is not a short code.
    #[error("this is not a short code: 1 to 30 of A-Z, a-z, 0-9, - _ and .")]
    NotACode,
    /// The code stands in an earlier row, too.
    #[error("row {0} has the same code")]
    CodeTwice(u64),
    /// Somebody else of the village has the code.
    #[error("the village has a {0} with this code")]
    CodeTaken(&'static str),
    /// The text is too long.
    #[error("the text is longer than {NAME_CHARS_MAX} characters")]
    TooLong,
}

/// Something that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row as a spreadsheet numbers it: the names of the columns are row 1.
    pub row: u64,
    /// The column, where it is about one.
    pub column: Option<&'static str>,
    /// What stands there.
    pub value: String,
    /// What is wrong.
    pub wrong: Wrong,
}

/// How a list is to be read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The village of all rows, where the list does not say.
    pub village: Option<VillageId>,
    /// The county in which villages are registered that are not there yet.
    pub county: Option<String>,
    /// What columns are called in this list, where they are called otherwise.
    pub headers: BTreeMap<Column, String>,
}

/// What an import did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// Villages that are new.
    pub villages: BTreeSet<VillageId>,
    /// Households that are new.
    pub new: usize,
    /// Households that are there already.
    pub unchanged: usize,
    /// Rows that a rule refused after all, with the reason.
    pub refused: Vec<(u64, Refusal)>,
    /// Everything that is wrong, by row. With any of it nothing is done.
    pub problems: Vec<Problem>,
}

/// A row in which every cell is right by itself.
#[derive(Debug)]
struct Row {
    number: u64,
    village: VillageId,
    code: ShortCode,
    name: String,
    name_latin: String,
    facts: BTreeMap<String, String>,
}

impl Row {
    fn wrong(&self, column: Column, value: String, wrong: Wrong) -> Problem {
        Problem { row: self.number, column: Some(column.name()), value, wrong }
    }
}

/// A row with the commands that it takes.
struct Planned {
    number: u64,
    commands: Vec<Command>,
}

impl App {
    /// Brings a list of households in, or only says what that would do. Each household has one
    /// member, its head, until more are registered. Tells how many rows are done.
    ///
    /// # Errors
    /// As [`App::ask`] and [`App::send`]. Problems of the list and refusals are a part of the answer.
    pub fn import_households(
        &self,
        list: &[u8],
        reading: &Reading,
        is_dry_run: bool,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Import, AppError> {
        let (rows, problems) = read(list, reading);
        let mut import = Import { problems, ..Import::default() };
        let mut planned = Vec::new();
        let mut known: BTreeMap<VillageId, BTreeMap<String, PartyKind>> = BTreeMap::new();
        for row in rows {
            let codes = match known.entry(row.village) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => {
                    let codes = self.codes(row.village)?;
                    if codes.is_none() {
                        import.villages.insert(row.village);
                        match &reading.county {
                            Some(county) => planned.push(self.village(row.village, county)),
                            None => import.problems.push(row.wrong(
                                Column::Village,
                                row.village.to_string(),
                                Wrong::NoSuchVillage,
                            )),
                        }
                    }
                    place.insert(codes.unwrap_or_default())
                }
            };
            match codes.get(row.code.as_str()) {
                Some(PartyKind::Household) => import.unchanged = import.unchanged.saturating_add(1),
                Some(other) => {
                    let wrong = Wrong::CodeTaken(other.name());
                    import.problems.push(row.wrong(Column::Code, row.code.to_string(), wrong));
                }
                None => {
                    import.new = import.new.saturating_add(1);
                    planned.push(self.household(&row));
                }
            }
        }
        import.problems.sort_by_key(|problem| problem.row);
        if import.problems.is_empty() && !is_dry_run {
            import.refused = self.carry_out_rows(planned, progress)?;
        }
        Ok(import)
    }

    /// Who has which code in a village; nothing when there is no such village.
    fn codes(&self, village: VillageId) -> Result<Option<BTreeMap<String, PartyKind>>, AppError> {
        if !self.villages().contains_key(&village) {
            return Ok(None);
        }
        let all = PartyFilter::default();
        let parties = self.ask_blocking(village, move |reader, cell| {
            reader.parties(cell, village, &all, u32::MAX)
        })?;
        let kind = |view: verger_store::PartyView| (view.party.code.to_string(), view.party.kind);
        Ok(Some(parties.into_iter().map(kind).collect()))
    }

    /// Sends what each row takes, in portions; rows that were refused come back with the reason.
    fn carry_out_rows(
        &self,
        planned: Vec<Planned>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Vec<(u64, Refusal)>, AppError> {
        let total = planned.len();
        // A part of what a lane can hold, so that others get through meanwhile.
        let at_once = self.queue_max() / 8;
        let mut refused = Vec::new();
        let mut waiting = Vec::new();
        for (done, Planned { number, commands }) in (1_usize..).zip(planned) {
            for command in commands {
                waiting.push((number, self.send(command)?));
            }
            if waiting.len() >= at_once || done == total {
                for (number, pending) in waiting.drain(..) {
                    if let Some(refusal) = &pending.wait()?.record.refusal {
                        refused.push((number, refusal.clone()));
                    }
                }
                progress(done, total);
            }
        }
        Ok(refused)
    }

    /// A village that a list names and nobody has registered.
    fn village(&self, id: VillageId, county: &str) -> Planned {
        let policy = self.policy();
        let row = Village {
            altitude_m: 0,
            closed_through: None,
            code: format!("V{id}").parse().expect("a number is a short code"),
            county: county.to_owned(),
            currency: policy.programme.currency.parse().expect("a checked policy has a currency"),
            id,
            name: format!("{id}"),
            name_latin: format!("Village {id}"),
            policy_version: policy.version,
            registered_on: self.now().today,
        };
        let key = named("village", &[&id.number().to_be_bytes(), county.as_bytes()]);
        let body = Body::RegisterVillage { policy: Box::new(policy.clone()), village: row };
        let command = Command { id: key, village: id, actor: Actor::System, body };
        Planned { number: 1, commands: vec![command] }
    }

    /// The household and the member who heads it.
    fn household(&self, row: &Row) -> Planned {
        let text = serde_json::to_vec(&(&row.name, &row.name_latin, &row.facts));
        let text = codec::sha256(&text.unwrap_or_default());
        let village = row.village.number().to_be_bytes();
        let household: PartyId = named("household", &[&village, row.code.as_str().as_bytes()]);
        let head = format!("{}-1", row.code);
        let member: PartyId = named("member", &[&village, head.as_bytes()]);
        let profile = |id: PartyId| Profile {
            facts: row.facts.clone(),
            name: row.name.clone(),
            name_latin: row.name_latin.clone(),
            // Nobody can guess the salt, or a digest in the journal would tell a name.
            salt: self.secret().digest("profile salt", &[&id.to_bytes()]),
        };
        let register = |kind, code: ShortCode, id, household| {
            let party = Party {
                certified: BTreeSet::new(),
                code,
                duty: Duty::default(),
                household,
                id,
                kind,
                village: row.village,
            };
            let body = Body::RegisterParty { party, profile: profile(id) };
            let key = named("register", &[&id.to_bytes(), &text]);
            Command { id: key, village: row.village, actor: Actor::System, body }
        };
        let mut commands = vec![register(PartyKind::Household, row.code.clone(), household, None)];
        if let Ok(code) = head.parse() {
            commands.push(register(PartyKind::Member, code, member, Some(household)));
        }
        Planned { number: row.number, commands }
    }
}

/// An id that follows from these parts.
fn named<K>(what: &str, parts: &[&[u8]]) -> Id<K> {
    let mut bytes = format!("household list {what}").into_bytes();
    for part in parts {
        // Each part by its own digest, so that none can run into the next.
        let digest: Hash = codec::sha256(part);
        bytes.extend(digest);
    }
    let mut bits = [0; 16];
    bits.copy_from_slice(codec::sha256(&bytes).split_at(16).0);
    Id::from_bytes(bits)
}

/// Reads a list: the rows that are right by themselves, and everything that is wrong with others.
fn read(list: &[u8], reading: &Reading) -> (Vec<Row>, Vec<Problem>) {
    let list = list.strip_prefix(b"\xef\xbb\xbf").unwrap_or(list);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(list);
    let mut problems = Vec::new();
    let mut records = (1_u64..).zip(reader.records());
    let first = match records.next() {
        Some((_, Ok(first))) => first,
        Some((row, Err(error))) => {
            let wrong = Wrong::Row(error.to_string());
            return (Vec::new(), vec![Problem { row, column: None, value: String::new(), wrong }]);
        }
        None => StringRecord::new(),
    };
    let Some(places) = places(&first, reading, &mut problems) else {
        return (Vec::new(), problems);
    };
    let (mut rows, mut seen) = (Vec::new(), BTreeMap::new());
    let mut has_rows = false;
    for (row, record) in records {
        has_rows = true;
        let parsed =
            match record {
                Ok(record) if record.len() == first.len() => {
                    parse(row, &record, &places, reading).map_err(|(column, value, wrong)| {
                        Problem { row, column: Some(column.name()), value, wrong }
                    })
                }
                Ok(record) => {
                    let wrong = Wrong::Row(format!("{} cells, not {}", record.len(), first.len()));
                    Err(Problem { row, column: None, value: String::new(), wrong })
                }
                Err(error) => {
                    let wrong = Wrong::Row(error.to_string());
                    Err(Problem { row, column: None, value: String::new(), wrong })
                }
            };
        let twice = parsed.and_then(|parsed| {
            let key = (parsed.village, parsed.code.clone());
            let value = parsed.code.to_string();
            match seen.insert(key, row) {
                None => Ok(parsed),
                Some(before) => {
                    let (column, wrong) = (Some(Column::Code.name()), Wrong::CodeTwice(before));
                    Err(Problem { row, column, value, wrong })
                }
            }
        });
        match twice {
            Ok(parsed) => rows.push(parsed),
            Err(problem) => problems.push(problem),
        }
    }
    if !has_rows {
        let wrong = Wrong::NoRows;
        problems.push(Problem { row: 2, column: None, value: String::new(), wrong });
    }
    (rows, problems)
}

/// Which column stands where; nothing when one is missing that is needed. Others are not looked at:
/// what a village does not need to know about people it should not keep.
fn places(
    first: &StringRecord,
    reading: &Reading,
    problems: &mut Vec<Problem>,
) -> Option<BTreeMap<Column, usize>> {
    let header =
        |column: Column| reading.headers.get(&column).map_or(column.name(), String::as_str);
    let place = |column: Column| {
        let is_it = |cell: &str| cell.trim().eq_ignore_ascii_case(header(column));
        first.iter().position(is_it).map(|place| (column, place))
    };
    let places: BTreeMap<_, _> = Column::ALL.into_iter().filter_map(place).collect();
    let is_village_told = places.contains_key(&Column::Village) || reading.village.is_some();
    let missing =
        [(Column::Village, !is_village_told), (Column::Code, !places.contains_key(&Column::Code))];
    for (column, _) in missing.iter().filter(|(_, is_missing)| *is_missing) {
        let (name, value) = (column.name(), header(*column).to_owned());
        let wrong = Wrong::ColumnMissing(name);
        problems.push(Problem { row: 1, column: Some(name), value, wrong });
    }
    problems.is_empty().then_some(places)
}

fn parse(
    number: u64,
    record: &StringRecord,
    places: &BTreeMap<Column, usize>,
    reading: &Reading,
) -> Result<Row, (Column, String, Wrong)> {
    let cell = |column: Column| {
        places.get(&column).and_then(|place| record.get(*place)).map_or("", str::trim)
    };
    let text = |column: Column| {
        let text = cell(column);
        let is_short = text.chars().count() <= NAME_CHARS_MAX;
        if is_short {
            Ok(text)
        } else {
            Err((column, text.chars().take(64).collect(), Wrong::TooLong))
        }
    };
    let wrong = |column: Column, wrong| (column, cell(column).to_owned(), wrong);
    let told = || cell(Column::Village).parse::<u32>().ok().filter(|number| *number > 0);
    let village = reading.village.or_else(|| told().map(VillageId::new));
    let village = village.ok_or_else(|| wrong(Column::Village, Wrong::NotAVillage))?;
    let code: ShortCode =
        cell(Column::Code).parse().map_err(|_| wrong(Column::Code, Wrong::NotACode))?;
    // The head of the household has its code with two characters more.
    let head: Result<ShortCode, _> = format!("{code}-1").parse();
    head.map_err(|_| wrong(Column::Code, Wrong::NotACode))?;
    let or_code = |text: &str| if text.is_empty() { code.to_string() } else { text.to_owned() };
    let (name, name_latin) = (text(Column::Name)?, text(Column::NameLatin)?);
    let mut facts = BTreeMap::new();
    for column in [Column::Group, Column::Phone] {
        let fact = text(column)?;
        if !fact.is_empty() {
            facts.insert(column.name().to_owned(), fact.to_owned());
        }
    }
    let name = or_code(name);
    let name_latin = if name_latin.is_empty() { name.clone() } else { name_latin.to_owned() };
    Ok(Row { number, village, code, name, name_latin, facts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrongs(list: &str, reading: &Reading) -> Vec<(u64, Option<&'static str>, Wrong)> {
        let (_, problems) = read(list.as_bytes(), reading);
        problems.into_iter().map(|problem| (problem.row, problem.column, problem.wrong)).collect()
    }

    /// Goal: a list is read whatever its columns are called, and columns that nobody needs are not
    /// looked at.
    #[test]
    fn columns_may_be_called_otherwise() {
        let headers = BTreeMap::from([(Column::Code, "hh".to_owned())]);
        let reading = Reading { headers, ..Reading::default() };
        let list = "\u{feff}religion,HH,village\nx,1001,7\ny,1002,8\n";
        let (rows, problems) = read(list.as_bytes(), &reading);
        assert_eq!(problems, []);
        let read: Vec<_> =
            rows.iter().map(|row| (row.number, row.village.number(), row.code.as_str())).collect();
        assert_eq!(read, [(2, 7, "1001"), (3, 8, "1002")]);
        assert!(rows.iter().all(|row| row.facts.is_empty() && row.name == row.code.as_str()));
    }

    /// Goal: every wrong cell is told with its row and column, all at once.
    #[test]
    fn every_problem_is_told() {
        let reading = Reading::default();
        let missing = [(1, Some("village"), Wrong::ColumnMissing("village"))];
        assert_eq!(wrongs("code\nA\n", &reading), missing);
        assert_eq!(wrongs("code,village\n", &reading), [(2, None, Wrong::NoRows)]);
        let list = format!(
            "village,code,name\n0,A,\n1,a b,\n1,B,{}\n1,C\n1,D,\n1,D,\n2,D,\n",
            "桃".repeat(101)
        );
        let expected = [
            (2, Some("village"), Wrong::NotAVillage),
            (3, Some("code"), Wrong::NotACode),
            (4, Some("name"), Wrong::TooLong),
            (5, None, Wrong::Row("2 cells, not 3".to_owned())),
            (7, Some("code"), Wrong::CodeTwice(6)),
        ];
        assert_eq!(wrongs(&list, &reading), expected);
    }
}
