//! The season for everybody, and how the table of a report looks. What a table says is the API's; the
//! console shows the other reports to those who may read them.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_domain::money::Currency;

use super::{Frame, html, lang_of};
use crate::Web;
use crate::api::reports;
use crate::api::reports::table::{Cell, Table};
use crate::fault::Fault;
use crate::input::village_of;
use crate::text::Lang;

#[derive(Template)]
#[template(path = "season.html")]
struct SeasonPage {
    f: Frame,
    sheet: Sheet,
}

/// A table in the reader's language.
struct Sheet {
    /// The first and the last day.
    span: String,
    /// The names of the columns.
    heads: Vec<Head>,
    rows: Vec<Vec<Shown>>,
    totals: Vec<Shown>,
}

struct Head {
    text: String,
    is_number: bool,
}

/// A cell with the name of its column, which phones show beside it.
struct Shown {
    head: String,
    text: String,
    is_number: bool,
}

/// `GET /{lang}/v/{village}/season`: how the season goes, week by week, for everybody.
pub(super) async fn season(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let (table, days) = reports::season(&web, id).await?;
    let mut frame = Frame::of(&web, lang, &village, ("report-season", "season"));
    frame.tail = format!("v/{id}/season");
    let sheet = Looks { web: &web, lang, currency: village.currency }.sheet(&table, days);
    html(&SeasonPage { f: frame, sheet })
}

/// How the values of a report read to one person.
pub(super) struct Looks<'a> {
    pub(super) web: &'a Web,
    pub(super) lang: Lang,
    pub(super) currency: Currency,
}

impl Looks<'_> {
    fn sheet(
        &self,
        table: &Table,
        (from, to): (verger_domain::time::Date, verger_domain::time::Date),
    ) -> Sheet {
        let is_number = |index: usize| {
            let mut cells = table.rows.iter().filter_map(|row| row.get(index));
            cells.any(|cell| matches!(cell, Cell::Number(_) | Cell::Minor(_)))
        };
        let heads: Vec<Head> = (0..)
            .zip(table.columns)
            .map(|(index, column)| {
                let key = format!("report-column-{}", column.replace('_', "-"));
                Head { text: self.lang.t(&key), is_number: is_number(index) }
            })
            .collect();
        let shown = |row: &Vec<Cell>| -> Vec<Shown> {
            let cells = heads.iter().zip(row);
            let shown = cells.map(|(head, cell)| Shown {
                head: head.text.clone(),
                text: self.text(cell),
                is_number: head.is_number,
            });
            shown.collect()
        };
        let rows = table.rows.iter().map(shown).collect();
        let totals = table.totals.as_ref().map(shown).unwrap_or_default();
        let span = format!("{} – {}", self.lang.date(from), self.lang.date(to));
        Sheet { span, heads, rows, totals }
    }

    pub(super) fn text(&self, cell: &Cell) -> String {
        let calendar = self.web.app().calendar();
        match cell {
            Cell::Text(text) => text.clone(),
            Cell::Word(word) => self.word(word),
            Cell::Number(number) => self.lang.number(*number),
            Cell::Minor(minor) => self.lang.money(*minor, self.currency),
            Cell::At(at) => self.lang.moment(*at, calendar),
            Cell::Day(day) => self.lang.date(*day),
            Cell::Flag(flag) => self.lang.t(if *flag { "report-yes" } else { "report-no" }),
            Cell::Nothing => String::new(),
        }
    }

    /// A word of a report in the reader's language; phases have their own texts.
    fn word(&self, word: &str) -> String {
        let key = format!("report-word-{}", word.replace('_', "-"));
        if self.lang.has(&key) { self.lang.t(&key) } else { self.lang.phase(word) }
    }
}
