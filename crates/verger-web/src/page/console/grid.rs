//! What every page of the console is made of: figures that lead to what they are made of, tables
//! that become cards on a telephone, charts, and the list of pages. Owns the look of these parts.

use askama::Template;
use axum::response::Html;
use serde::Deserialize;
use verger_app::{Document, Role};
use verger_domain::id::parse_hex_u128;

use crate::chart::Chart;
use crate::fault::Fault;
use crate::page::counter::Who;
use crate::page::{Alert, Frame, html};
use crate::session::Seat;

/// A figure with the page that shows what it is made of.
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) link: String,
}

/// One cell of a table.
#[derive(Clone, Default)]
pub(super) struct Td {
    pub(super) text: String,
    pub(super) link: Option<String>,
    pub(super) is_number: bool,
    /// `ok`, `no` or `wait`: how a state looks, beside its word.
    pub(super) mark: &'static str,
}

impl Td {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), is_number: true, ..Self::default() }
    }

    pub(super) fn mark(text: impl Into<String>, mark: &'static str) -> Self {
        Self { text: text.into(), mark, ..Self::default() }
    }

    /// Whether it is a code, which is not broken between its letters.
    fn is_code(&self) -> bool {
        const CODE_BYTES_MAX: usize = 12;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        self.text.len() <= CODE_BYTES_MAX && self.text.bytes().all(is_plain)
    }

    /// Somebody, with the way to his page for who may look at people.
    pub(super) fn party(seat: &Seat, code: &str, text: String) -> Self {
        let is_his = super::BOOKS.contains(&seat.role) && !code.is_empty();
        let link = is_his.then(|| seat.to(&format!("console/users/{code}")));
        Self { link, ..Self::text(text) }
    }

    /// The cell as a link to another page of ours.
    pub(super) fn to(self, link: String) -> Self {
        Self { link: Some(link), ..self }
    }
}

impl Who {
    /// Somebody in a table.
    pub(super) fn cell(&self, seat: &Seat) -> Td {
        Td::party(seat, &self.code, format!("{} {}", self.name, self.code))
    }
}

/// A table, with what it says when it is empty.
pub(super) struct Grid {
    title: String,
    heads: Vec<String>,
    rows: Vec<Vec<Td>>,
    empty: String,
    /// Where it goes on, with the words for it.
    more: Option<(String, String)>,
}

/// Which part of a list is asked for.
#[derive(Default, Deserialize)]
pub(super) struct ListQuery {
    /// Only what is in this phase.
    pub(super) phase: Option<String>,
    /// Only what is older than the one with these bits, in hexadecimal digits.
    before: Option<String>,
}

impl ListQuery {
    pub(super) fn before(&self) -> Result<Option<u128>, Fault> {
        let bits = |text: &str| parse_hex_u128(text).ok_or_else(|| Fault::field("before", "id"));
        self.before.as_deref().map(bits).transpose()
    }
}

/// The address at which a list of documents goes on, if it is as long as a page may be.
pub(super) fn older<D: Document>(shown: &[D], address: &str) -> Option<String> {
    let is_full = shown.len() >= usize::try_from(super::ROWS_MAX).unwrap_or(usize::MAX);
    let last = shown.last().filter(|_| is_full)?.bits();
    Some(format!("{address}before={last:032x}"))
}

impl Grid {
    /// A table whose title and heads are messages.
    pub(super) fn new(seat: &Seat, title: &str, heads: &[&str], rows: Vec<Vec<Td>>) -> Self {
        let title = if title.is_empty() { String::new() } else { seat.lang.t(title) };
        let heads = heads.iter().map(|head| seat.lang.t(head)).collect();
        Self { title, heads, rows, empty: seat.lang.t("console-empty"), more: None }
    }

    /// The table with the way to its next rows, which is below the console.
    pub(super) fn more(self, seat: &Seat, address: Option<String>) -> Self {
        let link = |address: String| seat.to(&format!("console/{address}"));
        Self { more: address.map(|address| (seat.lang.t("console-more"), link(address))), ..self }
    }

    fn cells<'a>(&'a self, row: &'a [Td]) -> Vec<(&'a str, &'a Td)> {
        self.heads.iter().map(String::as_str).zip(row).collect()
    }

    /// Whether it has more columns than a screen; it scrolls in its own frame then.
    fn is_wide(&self) -> bool {
        const COLUMNS: usize = 7;
        self.heads.len() > COLUMNS
    }

    /// Whether it is a list of names with their values, which needs no cards on a telephone.
    fn is_pairs(&self) -> bool {
        const COLUMNS: usize = 2;
        self.heads.len() == COLUMNS
    }

    fn is_number(&self, index: usize) -> bool {
        let mut cells = self.rows.iter().filter_map(|row| row.get(index));
        cells.any(|cell| cell.is_number)
    }
}

/// A form with one button, for what a person decides.
pub(super) struct Act {
    pub(super) title: String,
    pub(super) what: &'static str,
    pub(super) subject: String,
    pub(super) button: String,
    /// The name of the field for a reason, where one is needed.
    pub(super) reason: Option<String>,
    pub(super) key: String,
    pub(super) is_quiet: bool,
}

/// A page of the console.
#[derive(Template)]
#[template(path = "console/page.html")]
pub(super) struct Page {
    f: Frame,
    pages: Vec<(String, String, bool)>,
    pub(super) alert: Option<Alert>,
    pub(super) lead: String,
    pub(super) figures: Vec<Figure>,
    pub(super) tools: Vec<(String, String)>,
    pub(super) acts: Vec<Act>,
    /// Whether they stand below the tables: what is seldom decided is not in the way.
    pub(super) are_acts_below: bool,
    pub(super) grids: Vec<Grid>,
    pub(super) charts: Vec<Chart>,
    /// Whether they stand above the tables; what needs a person stands above everything.
    pub(super) are_charts_first: bool,
    /// A part that another module drew.
    pub(super) card: Option<String>,
    /// The same below the tables, for forms that are seldom needed.
    pub(super) card_below: Option<String>,
    pub(super) text: Option<String>,
}

/// The pages in the order of the list, each with whose it is.
const LIST: &[(&str, &[Role])] = &[
    ("", super::LOOKS),
    ("orders", super::TRADE),
    ("parcels", super::TRADE),
    ("pools", super::TRADE),
    ("counters", super::BOOKS),
    ("loans", super::BOOKS),
    ("trust", super::BOOKS),
    ("ledger", super::BOOKS),
    ("reports", super::REPORTS),
    ("users", super::BOOKS),
    ("policy", super::BOOKS),
];

impl Page {
    /// An empty page; `name` is its place in the list, `tail` its address below the console.
    pub(super) fn new(seat: &Seat, name: &str, tail: &str) -> Self {
        let path = |tail: &str| match tail {
            "" => "console".to_owned(),
            tail => format!("console/{tail}"),
        };
        let key = |name: &str| format!("console-{}", if name.is_empty() { "home" } else { name });
        let mut f = Frame::seated(seat, &key(name), &path(tail));
        if tail != name {
            f.back = Some(path(name));
        }
        let own = LIST.iter().filter(|(_, roles)| roles.contains(&seat.role));
        let pages =
            own.map(|(page, _)| (seat.lang.t(&key(page)), seat.to(&path(page)), *page == name));
        Self {
            f,
            pages: pages.collect(),
            alert: None,
            lead: String::new(),
            figures: Vec::new(),
            tools: Vec::new(),
            acts: Vec::new(),
            are_acts_below: false,
            grids: Vec::new(),
            charts: Vec::new(),
            are_charts_first: true,
            card: None,
            card_below: None,
            text: None,
        }
    }

    /// The page above this one, below the console.
    pub(super) fn f_back(&mut self, tail: &str) {
        self.f.back = Some(format!("console/{tail}"));
    }

    /// The page above this one for who has no console, below the language.
    pub(super) fn f_home(&mut self, tail: &str) {
        self.f.back = Some(tail.to_owned());
    }

    pub(super) fn title(&mut self, title: String) {
        self.f.title = title;
    }

    pub(super) fn show(self) -> Result<Html<String>, Fault> {
        html(&self)
    }
}
