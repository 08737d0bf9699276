//! The trial balance as a page, by class.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_domain::ledger::chart::Class;
use verger_domain::ledger::period::off_by_minor;

use super::{Frame, html, lang_of};
use crate::Web;
use crate::api::class_name;
use crate::fault::Fault;
use crate::input::village_of;

#[derive(Template)]
#[template(path = "books.html")]
struct BooksPage {
    f: Frame,
    classes: Vec<ClassTable>,
    off_by: String,
    is_balanced: bool,
    as_of: String,
}

struct ClassTable {
    key: String,
    rows: Vec<Row>,
    total: String,
}

struct Row {
    code: u16,
    name: String,
    amount: String,
}

const CLASSES: [Class; 6] = [
    Class::Asset,
    Class::Liability,
    Class::Equity,
    Class::Income,
    Class::Expense,
    Class::Memorandum,
];

/// `GET /{lang}/v/{village}/books`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let balance = web.app().trial_balance(id).await?;
    let mut classes = Vec::new();
    for class in CLASSES {
        // Each class is shown on its own side, so that what is owed reads as a plain number.
        let sign = if class.is_credit_normal() { -1 } else { 1 };
        let of_class = balance.iter().filter(|(code, _)| code.row().class == class);
        let amounts: Vec<(u16, i64)> =
            of_class.map(|(code, minor)| (code.number(), minor.saturating_mul(sign))).collect();
        let total = amounts.iter().fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
        let rows = amounts.into_iter().map(|(code, minor)| Row {
            code,
            name: lang.t(&format!("chart-{code}")),
            amount: lang.money(minor, village.currency),
        });
        let rows: Vec<Row> = rows.collect();
        if !rows.is_empty() {
            let key = format!("class-{}", class_name(class));
            classes.push(ClassTable { key, rows, total: lang.money(total, village.currency) });
        }
    }
    let off_by = i64::try_from(off_by_minor(balance.values().copied())).unwrap_or(i64::MAX);
    html(&BooksPage {
        f: Frame::of(&web, lang, &village, ("books-title", "books")),
        classes,
        off_by: lang.money(off_by, village.currency),
        is_balanced: off_by == 0,
        as_of: lang.moment(web.app().now().at, web.app().calendar()),
    })
}
