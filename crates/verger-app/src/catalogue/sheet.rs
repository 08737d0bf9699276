//! A catalogue as a table of text: which columns there are, what each cell may hold, and what is
//! wrong with it. Owns the form; must not know what the village has already.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder, StringRecord};
use verger_domain::codec;
use verger_domain::market::listing::{Photo, Season};
use verger_domain::market::{ReturnClass, TEXT_CHARS_MAX};
use verger_domain::party::ShortCode;
use verger_domain::time::Date;

/// The dearest, heaviest and most numerous: the domain's own limit for listings.
const NUMBER_MAX: i64 = 100_000_000;

/// The most that a season can be expected to bring, in grams.
const EXPECTED_G_MAX: i64 = 1_000_000_000_000;

/// The most pictures of a listing.
const PHOTOS_MAX: usize = 12;

/// The most of a wrong cell that is shown again, in characters.
const SHOWN_CHARS_MAX: usize = 64;

/// The names of the classes of return.
const CLASSES: [(&str, ReturnClass); 6] = [
    ("live", ReturnClass::Live),
    ("perishable", ReturnClass::Perishable),
    ("food", ReturnClass::Food),
    ("7d", ReturnClass::Days7),
    ("7d-unopened", ReturnClass::Days7Unopened),
    ("virtual", ReturnClass::Virtual),
];

/// Declares the columns with their names, those that must be there first.
macro_rules! columns {
    ($($column:ident $name:literal $is_needed:literal $doc:literal,)*) => {
        /// A column of the sheet.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Column {
            $(#[doc = $doc] $column,)*
        }

        impl Column {
            /// All columns.
            pub const ALL: &[Self] = &[$(Self::$column,)*];

            /// The name in the first row.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$column => $name,)* }
            }

            /// Whether a sheet without it is not read.
            pub const fn is_needed(self) -> bool {
                match self { $(Self::$column => $is_needed,)* }
            }
        }
    };
}

columns! {
    Code "code" true "The short code, unique in the village.",
    Name "name" true "The name in the local script.",
    NameLatin "name_latin" true "The name in English.",
    Category "category" true "What kind of good it is.",
    Unit "unit" true "What one of it is.",
    PriceMinor "price_minor" true "The price of one, in minor units.",
    WeightG "weight_g" true "The weight of one, in grams.",
    Class "class" true "Which returns there are.",
    Seller "seller" true "The short code of who sells it.",
    NameFr "name_fr" false "The name in French.",
    TownshipPriceMinor "township_price_minor" false "What the township shop asks.",
    Stock "stock" false "How many are there, of something new.",
    FreightMinor "freight_minor" false "What the carrier asks for one.",
    PackagingMinor "packaging_minor" false "Box and foam for one.",
    Variety "variety" false "The variety.",
    Grade "grade" false "The grade.",
    SeasonFrom "season_from" false "The first day on which it can be bought.",
    SeasonTo "season_to" false "The last one.",
    ExpectedG "expected_g" false "How much the season is expected to bring, in grams.",
    Photos "photos" false "The digests of its pictures, separated by spaces.",
}

/// What is wrong with a cell, a row or the sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The sheet has no such column.
    ColumnMissing,
    /// Nobody knows this column.
    ColumnUnknown,
    /// The column is there twice.
    ColumnTwice,
    /// The row has more or fewer cells than the first one.
    CellCount,
    /// The row is not UTF-8 text.
    NotUtf8,
    /// The sheet has no row but the first.
    NoRows,
    /// The cell is empty.
    Missing,
    /// The text is too long.
    TextLength,
    /// It is not a short code.
    NotACode,
    /// The code stands in an earlier row, too.
    CodeTwice,
    /// It is not a whole number.
    NotWhole,
    /// The number is too small or too large.
    OutOfRange,
    /// There is no such class.
    NoSuchClass,
    /// It is not a day.
    NotADay,
    /// A season has a first and a last day, or neither.
    SeasonHalf,
    /// The season ends before it begins.
    SeasonOrder,
    /// It is not the digest of a picture.
    NotADigest,
    /// There are too many pictures.
    TooManyPhotos,
    /// Nobody of the village who sells has this code.
    NoSuchSeller,
    /// Somebody else sells what has this code.
    OtherSeller,
    /// Only the cooperative is paid for boxes apart.
    PackagingNotPaid,
    /// What has this code is not sold any more.
    Ended,
}

impl What {
    /// The stable name, for texts and for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ColumnMissing => "column_missing",
            Self::ColumnUnknown => "column_unknown",
            Self::ColumnTwice => "column_twice",
            Self::CellCount => "cell_count",
            Self::NotUtf8 => "not_utf8",
            Self::NoRows => "no_rows",
            Self::Missing => "missing",
            Self::TextLength => "text_length",
            Self::NotACode => "not_a_code",
            Self::CodeTwice => "code_twice",
            Self::NotWhole => "not_whole",
            Self::OutOfRange => "out_of_range",
            Self::NoSuchClass => "no_such_class",
            Self::NotADay => "not_a_day",
            Self::SeasonHalf => "season_half",
            Self::SeasonOrder => "season_order",
            Self::NotADigest => "not_a_digest",
            Self::TooManyPhotos => "too_many_photos",
            Self::NoSuchSeller => "no_such_seller",
            Self::OtherSeller => "other_seller",
            Self::PackagingNotPaid => "packaging_not_paid",
            Self::Ended => "ended",
        }
    }

    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::ColumnMissing,
        Self::ColumnUnknown,
        Self::ColumnTwice,
        Self::CellCount,
        Self::NotUtf8,
        Self::NoRows,
        Self::Missing,
        Self::TextLength,
        Self::NotACode,
        Self::CodeTwice,
        Self::NotWhole,
        Self::OutOfRange,
        Self::NoSuchClass,
        Self::NotADay,
        Self::SeasonHalf,
        Self::SeasonOrder,
        Self::NotADigest,
        Self::TooManyPhotos,
        Self::NoSuchSeller,
        Self::OtherSeller,
        Self::PackagingNotPaid,
        Self::Ended,
    ];
}

/// Something that is wrong, where, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The row as a spreadsheet numbers it: the names of the columns are row 1.
    pub row: u64,
    /// The name of the column; empty where it is about the whole row.
    pub column: String,
    /// What is wrong.
    pub what: What,
    /// What stands there, cut when it is long.
    pub value: String,
    /// The nearest that would be right, where there is one.
    pub nearest: Option<String>,
}

/// What an optional cell says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Given<T> {
    /// The sheet does not have the column: what there is stays.
    #[default]
    Untold,
    /// The cell is empty: there is none.
    Nothing,
    /// This.
    This(T),
}

impl<T> Given<T> {
    /// What is said, or what there was.
    pub(super) fn or(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Untold => before,
            Self::Nothing => None,
            Self::This(value) => Some(value),
        }
    }
}

/// A row in which every cell is right by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SheetRow {
    pub(super) row: u64,
    pub(super) category: String,
    pub(super) class: ReturnClass,
    pub(super) code: ShortCode,
    pub(super) freight_minor: Given<i64>,
    pub(super) grade: Given<String>,
    pub(super) name: String,
    pub(super) name_fr: Given<String>,
    pub(super) name_latin: String,
    pub(super) packaging_minor: Given<i64>,
    pub(super) photos: Given<Vec<Photo>>,
    pub(super) price_minor: i64,
    pub(super) season: Given<Season>,
    pub(super) seller: String,
    pub(super) stock: Given<i64>,
    pub(super) township_price_minor: Given<i64>,
    pub(super) unit: String,
    pub(super) variety: Given<String>,
    pub(super) weight_g: i64,
}

/// Reads a sheet: the rows that are right by themselves, and everything that is wrong with the
/// others. Commas, semicolons and tabs may separate cells, whichever the first row uses.
pub(super) fn read(bytes: &[u8]) -> (Vec<SheetRow>, Vec<Problem>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(bytes))
        .flexible(true)
        .has_headers(false)
        .from_reader(bytes);
    let mut records = reader.byte_records().map(Result::unwrap_or_default).zip(1_u64..);
    let mut problems = Vec::new();
    let first = records.next().map(|(record, _)| record).unwrap_or_default();
    let Some(columns) = columns_of(&first, &mut problems) else { return (Vec::new(), problems) };
    let (mut rows, mut codes) = (Vec::new(), BTreeMap::new());
    let mut has_rows = false;
    for (record, row) in records.filter(|(record, _)| record.iter().any(|cell| !cell.is_empty())) {
        has_rows = true;
        let Some(record) = whole_record(record, (row, first.len()), &mut problems) else {
            continue;
        };
        let mut cells = Cells { record, columns: &columns, row, problems: &mut problems };
        let parsed = cells.parse();
        let Some(code) = cells.code() else { continue };
        if let Some(before) = codes.insert(code.clone(), row) {
            let nearest = Some(format!("{code}-2"));
            cells.wrong(Column::Code, What::CodeTwice, nearest);
            // The first of them is the one that others are compared with.
            codes.insert(code, before);
        } else if let Some(parsed) = parsed {
            rows.push(parsed);
        }
    }
    if !has_rows {
        let (column, value) = (String::new(), String::new());
        problems.push(Problem { row: 2, column, what: What::NoRows, value, nearest: None });
    }
    problems.sort_by_key(|problem| problem.row);
    (rows, problems)
}

/// What the first line is separated by: a comma unless there is none and another sign is.
fn delimiter(bytes: &[u8]) -> u8 {
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let has = |sign: &u8| first.contains(sign);
    [b',', b';', b'\t'].into_iter().find(has).unwrap_or(b',')
}

/// Which column stands where; nothing when one is missing.
fn columns_of(first: &ByteRecord, problems: &mut Vec<Problem>) -> Option<BTreeMap<Column, usize>> {
    let mut columns = BTreeMap::new();
    let mut wrong = |column: &str, what, nearest: Option<&str>| {
        let (column, nearest) = (shown(column), nearest.map(str::to_owned));
        problems.push(Problem { row: 1, column, what, value: String::new(), nearest });
    };
    for (place, cell) in first.iter().enumerate() {
        let name = String::from_utf8_lossy(cell).trim().to_ascii_lowercase();
        let known = Column::ALL.iter().find(|column| column.name() == name);
        let Some(column) = known else {
            let names = Column::ALL.iter().map(|column| column.name());
            wrong(&name, What::ColumnUnknown, nearest(names, &name));
            continue;
        };
        if columns.insert(*column, place).is_some() {
            wrong(&name, What::ColumnTwice, None);
        }
    }
    let needed = Column::ALL.iter().filter(|column| column.is_needed());
    let missing: Vec<_> = needed.filter(|column| !columns.contains_key(column)).collect();
    for column in &missing {
        wrong(column.name(), What::ColumnMissing, Some(column.name()));
    }
    missing.is_empty().then_some(columns)
}

/// The record as text, if it is text and has as many cells as the first row.
fn whole_record(
    record: ByteRecord,
    (row, wanted): (u64, usize),
    problems: &mut Vec<Problem>,
) -> Option<StringRecord> {
    let count = record.len();
    let mut wrong = |what, value: String, nearest| {
        problems.push(Problem { row, column: String::new(), what, value, nearest });
    };
    if count != wanted {
        wrong(What::CellCount, count.to_string(), Some(wanted.to_string()));
        return None;
    }
    let text = StringRecord::from_byte_record(record);
    text.map_err(|_| wrong(What::NotUtf8, String::new(), None)).ok()
}

fn shown(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

/// One row while it is read.
struct Cells<'a> {
    record: StringRecord,
    columns: &'a BTreeMap<Column, usize>,
    row: u64,
    problems: &'a mut Vec<Problem>,
}

impl Cells<'_> {
    /// The row, if nothing is wrong with it. Every cell is looked at in any case.
    fn parse(&mut self) -> Option<SheetRow> {
        let season = self.season();
        let photos = self.photos();
        let name_fr = self.optional_text(Column::NameFr);
        let (variety, grade) =
            (self.optional_text(Column::Variety), self.optional_text(Column::Grade));
        let township_price_minor = self.optional_whole(Column::TownshipPriceMinor, 1);
        let stock = self.optional_whole(Column::Stock, 0);
        let freight_minor = self.optional_whole(Column::FreightMinor, 0);
        let packaging_minor = self.optional_whole(Column::PackagingMinor, 0);
        let (name, name_latin) = (self.text(Column::Name), self.text(Column::NameLatin));
        let (category, unit) = (self.text(Column::Category), self.text(Column::Unit));
        let price_minor = self.whole(Column::PriceMinor, (1, NUMBER_MAX));
        let weight_g = self.whole(Column::WeightG, (0, NUMBER_MAX));
        let (class, seller, code) = (self.class(), self.text(Column::Seller), self.checked_code());
        Some(SheetRow {
            row: self.row,
            category: category?,
            class: class?,
            code: code?,
            freight_minor: freight_minor?,
            grade: grade?,
            name: name?,
            name_fr: name_fr?,
            name_latin: name_latin?,
            packaging_minor: packaging_minor?,
            photos: photos?,
            price_minor: price_minor?,
            season: season?,
            seller: seller?,
            stock: stock?,
            township_price_minor: township_price_minor?,
            unit: unit?,
            variety: variety?,
            weight_g: weight_g?,
        })
    }

    /// The cell of a column, without spaces around it; nothing where the sheet has no such column.
    fn cell(&self, column: Column) -> Option<&str> {
        let place = self.columns.get(&column)?;
        Some(self.record.get(*place).unwrap_or_default().trim())
    }

    fn wrong(&mut self, column: Column, what: What, nearest: Option<String>) {
        let value = shown(self.cell(column).unwrap_or_default());
        let (row, column) = (self.row, column.name().to_owned());
        self.problems.push(Problem { row, column, what, value, nearest });
    }

    /// The code, if it is one.
    fn code(&self) -> Option<ShortCode> {
        self.cell(Column::Code).unwrap_or_default().parse().ok()
    }

    fn checked_code(&mut self) -> Option<ShortCode> {
        let text = self.text(Column::Code)?;
        let code = text.parse().ok();
        if code.is_none() {
            let is_allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            let near: String = text.chars().filter(is_allowed).take(32).collect();
            self.wrong(Column::Code, What::NotACode, Some(near).filter(|near| !near.is_empty()));
        }
        code
    }

    fn text(&mut self, column: Column) -> Option<String> {
        let text = self.cell(column).unwrap_or_default().to_owned();
        if text.is_empty() {
            self.wrong(column, What::Missing, None);
            return None;
        }
        self.short_text(column, text)
    }

    fn short_text(&mut self, column: Column, text: String) -> Option<String> {
        if text.chars().count() <= TEXT_CHARS_MAX {
            return Some(text);
        }
        let near = text.chars().take(TEXT_CHARS_MAX).collect();
        self.wrong(column, What::TextLength, Some(near));
        None
    }

    fn optional_text(&mut self, column: Column) -> Option<Given<String>> {
        match self.cell(column) {
            None => Some(Given::Untold),
            Some("") => Some(Given::Nothing),
            Some(text) => {
                let text = text.to_owned();
                self.short_text(column, text).map(Given::This)
            }
        }
    }

    fn optional_whole(&mut self, column: Column, min: i64) -> Option<Given<i64>> {
        match self.cell(column) {
            None => Some(Given::Untold),
            Some("") => Some(Given::Nothing),
            Some(_) => self.whole(column, (min, NUMBER_MAX)).map(Given::This),
        }
    }

    fn whole(&mut self, column: Column, (min, max): (i64, i64)) -> Option<i64> {
        let text = self.cell(column).unwrap_or_default().to_owned();
        if text.is_empty() {
            self.wrong(column, What::Missing, None);
            return None;
        }
        let is_digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.parse::<i64>().ok().filter(|_| is_digits || text.starts_with('-')) {
            Some(number) if (min..=max).contains(&number) => return Some(number),
            Some(number) => {
                let near = number.clamp(min, max).to_string();
                self.wrong(column, What::OutOfRange, Some(near));
            }
            // More digits than a number can have.
            None if is_digits => self.wrong(column, What::OutOfRange, Some(max.to_string())),
            None => {
                let is_money = column.name().ends_with("_minor");
                let near = near_whole(&text, is_money).map(|near| near.clamp(min, max));
                self.wrong(column, What::NotWhole, near.map(|near| near.to_string()));
            }
        }
        None
    }

    fn class(&mut self) -> Option<ReturnClass> {
        let text = self.text(Column::Class)?;
        let class = CLASSES.iter().find(|(name, _)| *name == text).map(|(_, class)| *class);
        if class.is_none() {
            let near = nearest(CLASSES.iter().map(|(name, _)| *name), &text);
            self.wrong(Column::Class, What::NoSuchClass, near.map(str::to_owned));
        }
        class
    }

    fn day(&mut self, column: Column) -> Option<Given<Date>> {
        let text = match self.cell(column) {
            None => return Some(Given::Untold),
            Some("") => return Some(Given::Nothing),
            Some(text) => text.to_owned(),
        };
        let day = text.parse().ok();
        if day.is_none() {
            self.wrong(column, What::NotADay, near_day(&text).map(|day| day.to_string()));
        }
        day.map(Given::This)
    }

    fn season(&mut self) -> Option<Given<Season>> {
        let (from, to) = (self.day(Column::SeasonFrom), self.day(Column::SeasonTo));
        let expected = match self.cell(Column::ExpectedG) {
            None | Some("") => Some(0),
            Some(_) => self.whole(Column::ExpectedG, (0, EXPECTED_G_MAX)),
        };
        match (from?, to?, expected?) {
            (Given::This(from), Given::This(to), expected_g) if from <= to => {
                Some(Given::This(Season { expected_g, from, to }))
            }
            (Given::This(from), Given::This(_), _) => {
                self.wrong(Column::SeasonTo, What::SeasonOrder, Some(from.to_string()));
                None
            }
            (Given::This(from), _, _) => {
                self.wrong(Column::SeasonTo, What::SeasonHalf, Some(from.to_string()));
                None
            }
            (_, Given::This(to), _) => {
                self.wrong(Column::SeasonFrom, What::SeasonHalf, Some(to.to_string()));
                None
            }
            (Given::Untold, Given::Untold, _) => Some(Given::Untold),
            _ => Some(Given::Nothing),
        }
    }

    fn photos(&mut self) -> Option<Given<Vec<Photo>>> {
        let text = match self.cell(Column::Photos) {
            None => return Some(Given::Untold),
            Some("") => return Some(Given::Nothing),
            Some(text) => text.to_owned(),
        };
        let names: Vec<&str> = text.split_whitespace().collect();
        if names.len() > PHOTOS_MAX {
            self.wrong(Column::Photos, What::TooManyPhotos, Some(PHOTOS_MAX.to_string()));
            return None;
        }
        let photos: Option<Vec<Photo>> =
            names.iter().map(|name| codec::hash_from_hex(name).map(Photo)).collect();
        if photos.is_none() {
            let lower = text.to_ascii_lowercase();
            let is_near = lower.split_whitespace().all(|name| codec::hash_from_hex(name).is_some());
            self.wrong(Column::Photos, What::NotADigest, is_near.then_some(lower));
        }
        photos.map(Given::This)
    }
}

/// The whole number that somebody may have meant: `39.90` as money is 3990, `1 200` is 1200.
fn near_whole(text: &str, is_money: bool) -> Option<i64> {
    let (whole, part) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
    let (whole, part) = (digits(whole), digits(part));
    if whole.is_empty() && part.is_empty() {
        return None;
    }
    let near = if part.len() == 3 {
        // Three digits behind a sign are thousands.
        whole + &part
    } else if is_money {
        format!("{whole}{part:0<2.2}")
    } else {
        whole
    };
    near.parse().ok()
}

/// The day that somebody may have meant: `2026/7/1`, or the last day of a month that is shorter.
fn near_day(text: &str) -> Option<Date> {
    let numbers: Vec<u32> =
        text.split(|c: char| !c.is_ascii_digit()).filter_map(|part| part.parse().ok()).collect();
    let [year, month, day] = *numbers.first_chunk::<3>()?;
    let month = month.clamp(1, 12);
    let days = (1..=day.clamp(1, 31)).rev();
    days.take(4).find_map(|day| format!("{year:04}-{month:02}-{day:02}").parse().ok())
}

/// The name that is spelt most alike, if any is alike at all.
pub(super) fn nearest<'a>(names: impl Iterator<Item = &'a str>, text: &str) -> Option<&'a str> {
    let text: Vec<char> = text.to_lowercase().chars().take(SHOWN_CHARS_MAX).collect();
    let most = text.len().div_euclid(2).max(2);
    let near = names.map(|name| {
        let letters: Vec<char> = name.to_lowercase().chars().collect();
        (distance(&letters, &text), name)
    });
    near.filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|n| n.1)
}

/// How many letters must be changed, added or left out (Levenshtein).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (from_a, letter) in (1_usize..).zip(a) {
        let mut diagonal = std::mem::replace(row.first_mut().unwrap_or(&mut 0), from_a);
        let mut left = from_a;
        for (cell, other) in row.iter_mut().skip(1).zip(b) {
            let changed = diagonal.saturating_add(usize::from(letter != other));
            diagonal = *cell;
            left = changed.min(cell.saturating_add(1)).min(left.saturating_add(1));
            *cell = left;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "code,name,name_latin,category,unit,price_minor,weight_g,class,seller";

    fn problems(text: &str) -> Vec<(u64, String, &'static str, Option<String>)> {
        let (_, problems) = read(text.as_bytes());
        problems.into_iter().map(|p| (p.row, p.column, p.what.code(), p.nearest)).collect()
    }

    /// Goal: every wrong cell of every row is named, with the nearest that would be right.
    /// Method: one sheet whose rows are each wrong in their own ways.
    #[test]
    fn every_wrong_cell_is_named() {
        let text = format!(
            "{HEAD},season_from,season_to,photos\n\
             ok-1,桃,peach,fruit,box,3990,2500,perishable,COOP,2026-07-01,2026-08-31,\n\
             bad code!,,peach,fruit,box,39.90,2.5,perishible,COOP,,,\n\
             ok-1,桃,peach,fruit,box,0,2500,7d,COOP,2026/7/1,2026-02-30,XX\n\
             few,桃\n\
             half,桃,peach,fruit,box,99999999999999999999,\"1 200\",food,COOP,2026-07-01,,\n\
             turned,桃,peach,fruit,box,1,1,food,COOP,2026-07-02,2026-07-01,\n"
        );
        let some = |text: &str| Some(text.to_owned());
        let wanted = [
            (3, "name", "missing", None),
            (3, "price_minor", "not_whole", some("3990")),
            (3, "weight_g", "not_whole", some("2")),
            (3, "class", "no_such_class", some("perishable")),
            (3, "code", "not_a_code", some("badcode")),
            (4, "season_from", "not_a_day", some("2026-07-01")),
            (4, "season_to", "not_a_day", some("2026-02-28")),
            (4, "photos", "not_a_digest", None),
            (4, "price_minor", "out_of_range", some("1")),
            (4, "code", "code_twice", some("ok-1-2")),
            (5, "", "cell_count", some("12")),
            (6, "season_to", "season_half", some("2026-07-01")),
            (6, "price_minor", "out_of_range", some("100000000")),
            (6, "weight_g", "not_whole", some("1200")),
            (7, "season_to", "season_order", some("2026-07-02")),
        ];
        let wanted: Vec<_> =
            wanted.map(|(row, column, what, near)| (row, column.to_owned(), what, near)).into();
        assert_eq!(problems(&text), wanted);
        let (rows, _) = read(text.as_bytes());
        assert_eq!(rows.iter().map(|row| row.row).collect::<Vec<_>>(), [2], "only whole rows");
    }

    /// Goal: a wrong first row is explained as well, and nothing below it is guessed.
    #[test]
    fn wrong_columns_are_named() {
        let some = |text: &str| Some(text.to_owned());
        let wrong = HEAD.replace("seller", "saller").replace("weight_g", "unit");
        let wanted = [
            (1, "unit".to_owned(), "column_twice", None),
            (1, "saller".to_owned(), "column_unknown", some("seller")),
            (1, "weight_g".to_owned(), "column_missing", some("weight_g")),
            (1, "seller".to_owned(), "column_missing", some("seller")),
        ];
        assert_eq!(problems(&wrong), wanted);
        assert_eq!(problems(HEAD), [(2, String::new(), "no_rows", None)]);
        assert_eq!(problems("").len(), 9, "every needed column is missing");
    }

    /// Goal: what spreadsheets make is read: a mark at the start, other separators, quotes, empty
    /// rows; an absent column is another thing than an empty cell.
    #[test]
    fn sheets_are_read_as_spreadsheets_write_them() {
        let text = format!(
            "\u{feff}{};Stock;grade\r\n\
             a;\"桃; \"\"大\"\"\";peach;fruit;box;3990;2500;7d-unopened;COOP;5;\r\n\
             ;;;;;;;;;;\r\n",
            HEAD.replace(',', ";")
        );
        let (rows, problems) = read(text.as_bytes());
        assert_eq!(problems, []);
        let [row] = rows.as_slice() else { panic!("one row") };
        assert_eq!((row.name.as_str(), row.class), ("桃; \"大\"", ReturnClass::Days7Unopened));
        assert_eq!(
            (&row.stock, &row.grade, &row.variety),
            (&Given::This(5), &Given::Nothing, &Given::Untold)
        );
        let (_, problems) = read(&[HEAD.as_bytes(), b"\n\xff,b,c,d,e,1,1,7d,s\n"].concat());
        assert_eq!(problems.iter().map(|p| p.what).collect::<Vec<_>>(), [What::NotUtf8]);
    }

    /// Goal: what is offered instead is alike, or nothing is offered.
    #[test]
    fn the_nearest_name_is_alike() {
        let names = ["COOP", "S1", "H001"];
        let table =
            [("coop", Some("COOP")), ("H01", Some("H001")), ("", Some("S1")), ("elsewhere", None)];
        for (text, wanted) in table {
            assert_eq!(nearest(names.into_iter(), text), wanted, "{text}");
        }
    }
}
