//! The catalogue as a whole: a table of text becomes listings, and people find what they look for.
//! Owns what an import would do and how it is carried out; what a listing may be is the domain's.
//!
//! An import is all or nothing as far as can be seen beforehand: one wrong cell and no command is
//! sent. Its commands have keys that follow from the village, the code, the file and the version of
//! what is there, so that sending the same file again, also twice at once, changes nothing more.

mod sheet;

use std::collections::BTreeMap;

use verger_domain::codec::{self, Hash};
use verger_domain::id::{Id, ListingId, PartyId, VillageId};
use verger_domain::market::command::ListingCommand;
use verger_domain::market::listing::ListingText;
use verger_domain::market::{Listing, ListingPhase};
use verger_domain::party::PartyKind;
use verger_domain::{Actor, Body, Command, Refusal};
use verger_store::report::{Place, Seller};
use verger_store::{Reader, StoreError};

pub use sheet::{Column, Problem, What};

use crate::App;
use crate::error::AppError;
use crate::search::Index;
use sheet::{Given, SheetRow};

/// The most bytes of a sheet: 2 MiB, some ten thousand rows.
pub const SHEET_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How many commands of an import are on their way at once: a part of what a lane can hold.
const SENT_AT_ONCE: usize = 256;

/// What an import does with a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It is new: a draft.
    New,
    /// Its price is another.
    Price,
    /// Its text is another, which needs a review again.
    Text,
    /// Both are.
    PriceAndText,
    /// It is there just so.
    Unchanged,
}

impl Change {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Price => "price",
            Self::Text => "text",
            Self::PriceAndText => "price_and_text",
            Self::Unchanged => "unchanged",
        }
    }
}

/// A row of an import and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRow {
    /// The row as a spreadsheet numbers it.
    pub row: u64,
    /// The short code.
    pub code: String,
    /// The listing.
    pub listing: ListingId,
    /// What is done with it.
    pub change: Change,
    /// The price before, where there was one.
    pub price_before_minor: Option<i64>,
    /// The price of one.
    pub price_minor: i64,
    /// Why it was not done after all; what was done of other rows stays.
    pub refusal: Option<Refusal>,
}

/// What an import does, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Import {
    /// The rows that are right, in their order.
    pub rows: Vec<ImportRow>,
    /// Everything that is wrong, by row. With any of it nothing is done.
    pub problems: Vec<Problem>,
}

impl Import {
    /// How many rows meet with this, without those that were refused.
    pub fn count(&self, change: Change) -> usize {
        let meets = |row: &&ImportRow| row.change == change && row.refusal.is_none();
        self.rows.iter().filter(meets).count()
    }

    /// How many rows were refused by a rule.
    pub fn refused(&self) -> usize {
        self.rows.iter().filter(|row| row.refusal.is_some()).count()
    }
}

/// A row with the commands that it takes.
struct Planned {
    row: ImportRow,
    commands: Vec<Command>,
}

/// What the village has that a sheet is compared with.
struct Known {
    listings: BTreeMap<String, Listing>,
    sellers: BTreeMap<String, Seller>,
}

/// Who imports what into which village.
struct Source {
    actor: PartyId,
    digest: Hash,
    village: VillageId,
}

impl App {
    /// Brings a sheet into a village's catalogue in the name of a party, or only says what that
    /// would do.
    ///
    /// # Errors
    /// As [`App::ask`] and [`App::send`]. A problem of the sheet and a refusal of a row are a part of
    /// the answer. After [`AppError::Busy`] the same sheet can be sent again.
    pub async fn import_catalogue(
        &self,
        (village, actor): (VillageId, PartyId),
        sheet: &[u8],
        is_dry_run: bool,
    ) -> Result<Import, AppError> {
        let known =
            self.ask(village, move |reader, cell| Known::ask(reader, Place { cell, village }));
        let source = Source { actor, digest: codec::sha256(sheet), village };
        let (planned, problems) = plan(&source, &known.await?, sheet);
        let can_be_done = problems.is_empty() && !is_dry_run;
        let rows = if can_be_done {
            self.carry_out(planned).await?
        } else {
            planned.into_iter().map(|planned| planned.row).collect()
        };
        Ok(Import { rows, problems })
    }

    /// Sends what each row takes, in portions, and notes what is refused.
    async fn carry_out(&self, planned: Vec<Planned>) -> Result<Vec<ImportRow>, AppError> {
        let mut rows = Vec::with_capacity(planned.len());
        let mut waiting = Vec::new();
        for Planned { row, commands } in planned {
            let index = rows.len();
            rows.push(row);
            for command in commands {
                waiting.push((index, self.send(command)?));
            }
            if waiting.len() >= SENT_AT_ONCE {
                note_answers(&mut rows, std::mem::take(&mut waiting)).await?;
            }
        }
        note_answers(&mut rows, waiting).await?;
        Ok(rows)
    }

    /// What is on sale in a village and answers a query best, in that order.
    ///
    /// # Errors
    /// As [`App::ask`].
    pub async fn search_catalogue(
        &self,
        village: VillageId,
        query: String,
        limit: usize,
    ) -> Result<Vec<Listing>, AppError> {
        // A village has some hundreds of things on sale: to read them and to index their names
        // takes a few milliseconds, and nothing can be out of date.
        self.ask(village, move |reader, cell| {
            let phases = [ListingPhase::Live.name()];
            let live: Vec<Listing> = reader.documents(cell, village, &phases, u32::MAX)?;
            Ok(found_in(live, &query, limit))
        })
        .await
    }
}

fn found_in(live: Vec<Listing>, query: &str, limit: usize) -> Vec<Listing> {
    let index = Index::new(live.iter().map(|listing| (listing.id.bits(), words_of(listing))));
    let found = index.search(query, limit);
    let mut by_id: BTreeMap<u128, Listing> =
        live.into_iter().map(|listing| (listing.id.bits(), listing)).collect();
    found.into_iter().filter_map(|id| by_id.remove(&id)).collect()
}

/// What a listing is found by, the names first.
fn words_of(listing: &Listing) -> Vec<&str> {
    let text = &listing.text;
    let mut words = vec![text.name.as_str(), text.name_latin.as_str()];
    words.extend(text.names.values().map(String::as_str));
    words.extend([text.category.as_str(), listing.code.as_str()]);
    words.extend(text.variety.as_deref());
    words
}

async fn note_answers(
    rows: &mut [ImportRow],
    waiting: Vec<(usize, crate::Pending)>,
) -> Result<(), AppError> {
    for (index, pending) in waiting {
        let receipt = pending.answer().await?;
        if let (Some(row), Some(refusal)) = (rows.get_mut(index), &receipt.record.refusal) {
            row.refusal.get_or_insert_with(|| refusal.clone());
        }
    }
    Ok(())
}

impl Known {
    fn ask(reader: &mut Reader, place: Place) -> Result<Self, StoreError> {
        let phases = ListingPhase::ALL.map(ListingPhase::name);
        let listings: Vec<Listing> =
            reader.documents(place.cell, place.village, &phases, u32::MAX)?;
        let by_code = |listing: Listing| (listing.code.to_string(), listing);
        let sellers = reader.sellers(place)?.into_iter();
        Ok(Self {
            listings: listings.into_iter().map(by_code).collect(),
            sellers: sellers.map(|seller| (seller.code.clone(), seller)).collect(),
        })
    }
}

/// What each row takes, and everything that is wrong with the sheet or does not fit the village.
fn plan(source: &Source, known: &Known, sheet: &[u8]) -> (Vec<Planned>, Vec<Problem>) {
    let (rows, mut problems) = sheet::read(sheet);
    let mut planned = Vec::with_capacity(rows.len());
    for row in rows {
        match plan_row(source, known, row) {
            Ok(row) => planned.push(row),
            Err(problem) => problems.push(problem),
        }
    }
    problems.sort_by_key(|problem| problem.row);
    (planned, problems)
}

fn plan_row(source: &Source, known: &Known, row: SheetRow) -> Result<Planned, Problem> {
    let number = row.row;
    let wrong = |column: Column, what, value: String, nearest| {
        let column = column.name().to_owned();
        Problem { row: number, column, what, value, nearest }
    };
    let Some(seller) = known.sellers.get(&row.seller) else {
        let near = sheet::nearest(known.sellers.keys().map(String::as_str), &row.seller);
        let near = near.map(str::to_owned);
        return Err(wrong(Column::Seller, What::NoSuchSeller, row.seller, near));
    };
    let is_paid_apart = seller.kind == PartyKind::Cooperative;
    if let Given::This(minor) = row.packaging_minor
        && minor != 0
        && !is_paid_apart
    {
        let near = Some("0".to_owned());
        return Err(wrong(Column::PackagingMinor, What::PackagingNotPaid, minor.to_string(), near));
    }
    let before = known.listings.get(row.code.as_str());
    if let Some(before) = before.filter(|before| before.text.seller != seller.party) {
        let same = known.sellers.values().find(|other| other.party == before.text.seller);
        let near = same.map(|other| other.code.clone());
        return Err(wrong(Column::Seller, What::OtherSeller, row.seller, near));
    }
    let is_over = |phase| matches!(phase, ListingPhase::Ended | ListingPhase::TakenDown);
    if before.is_some_and(|before| is_over(before.phase)) {
        let near = Some(format!("{}-2", row.code));
        return Err(wrong(Column::Code, What::Ended, row.code.to_string(), near));
    }
    Ok(with_commands(source, before, row, seller.party))
}

/// The commands that make a listing what its row says; none when it is that already.
fn with_commands(
    source: &Source,
    before: Option<&Listing>,
    row: SheetRow,
    seller: PartyId,
) -> Planned {
    let (number, code, price_minor) = (row.row, row.code.clone(), row.price_minor);
    let stock = row.stock.clone().or(None);
    let text = Box::new(text_of(row, before.map(|before| &before.text), seller));
    let listing = before
        .map_or_else(|| source.named("listing", &[code.as_str().as_bytes()]), |before| before.id);
    let version = before.map(|before| before.version);
    let is_priced = before.is_some_and(|before| before.price_minor != price_minor);
    let is_edited = before.is_some_and(|before| before.text != *text);
    let mut commands = Vec::new();
    let mut add = |command: ListingCommand, version: Option<u32>| {
        let kind = command.kind().as_bytes();
        let seen = version.unwrap_or(0).to_be_bytes();
        let actor = source.actor.to_bytes();
        let id = source.named("command", &[code.as_str().as_bytes(), kind, &seen, &actor]);
        let body = Body::Listing { command, listing, version };
        let actor = Actor::Party(source.actor);
        commands.push(Command { id, village: source.village, actor, body });
    };
    if before.is_none() {
        add(ListingCommand::Draft { code: code.clone(), price_minor, stock, text }, None);
    } else {
        // The edit comes first: it takes a listing out of review, where no price can be changed.
        if is_edited {
            add(ListingCommand::Edit { text }, version);
        }
        if is_priced {
            let version = version.map(|version| version.saturating_add(u32::from(is_edited)));
            add(ListingCommand::Price { price_minor }, version);
        }
    }
    let change = match (before.is_none(), is_priced, is_edited) {
        (true, _, _) => Change::New,
        (_, true, true) => Change::PriceAndText,
        (_, true, false) => Change::Price,
        (_, false, true) => Change::Text,
        (_, false, false) => Change::Unchanged,
    };
    let row = ImportRow {
        row: number,
        code: code.to_string(),
        listing,
        change,
        price_before_minor: before.map(|before| before.price_minor),
        price_minor,
        refusal: None,
    };
    Planned { row, commands }
}

impl Source {
    /// An id that follows from the village, the file and these parts.
    fn named<K>(&self, what: &str, parts: &[&[u8]]) -> Id<K> {
        let mut bytes = format!("catalogue {what} {}", self.village).into_bytes();
        for part in [self.digest.as_slice()].iter().chain(parts) {
            // Each part by its own digest, so that none can run into the next.
            bytes.extend(codec::sha256(part));
        }
        let mut bits = [0; 16];
        bits.copy_from_slice(codec::sha256(&bytes).split_at(16).0);
        Id::from_bytes(bits)
    }
}

/// The text of a listing as its row says, and as it was where the sheet does not say.
fn text_of(row: SheetRow, before: Option<&ListingText>, seller: PartyId) -> ListingText {
    let kept = |number: Given<i64>, before: Option<i64>| number.or(before).unwrap_or(0);
    let mut names = before.map(|before| before.names.clone()).unwrap_or_default();
    match row.name_fr {
        Given::Untold => {}
        Given::Nothing => drop(names.remove("fr")),
        Given::This(name) => drop(names.insert("fr".to_owned(), name)),
    }
    let photos = row.photos.or(before.map(|before| before.photos.clone()));
    ListingText {
        category: row.category,
        claims: before.map(|before| before.claims.clone()).unwrap_or_default(),
        class: row.class,
        freight_minor: kept(row.freight_minor, before.map(|before| before.freight_minor)),
        grade: row.grade.or(before.and_then(|before| before.grade.clone())),
        name: row.name,
        name_latin: row.name_latin,
        names,
        packaging_minor: kept(row.packaging_minor, before.map(|before| before.packaging_minor)),
        photos: photos.unwrap_or_default(),
        pool: before.and_then(|before| before.pool),
        season: row.season.or(before.and_then(|before| before.season)),
        seller,
        township_price_minor: row
            .township_price_minor
            .or(before.and_then(|before| before.township_price_minor)),
        unit: row.unit,
        variety: row.variety.or(before.and_then(|before| before.variety.clone())),
        weight_g: row.weight_g,
    }
}
