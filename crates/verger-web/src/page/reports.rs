//! The season for everybody, in pictures, and how a cell of a report reads. What a report says is the
//! API's; the console shows the other reports to those who may read them.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use verger_app::report::{SeasonRow, SeasonSums};
use verger_domain::market::Flow;
use verger_domain::money::Currency;
use verger_domain::time::Date;
use verger_reports::Cell;

use super::store::{Bar, parts_of};
use super::{Frame, html, lang_of};
use crate::Web;
use crate::api::reports;
use crate::chart::{Chart, Form, Point};
use crate::fault::Fault;
use crate::input::village_of;
use crate::text::Lang;

/// Half a year, so that a season that is over is still seen.
const DAYS_BACK: i32 = 181;

#[derive(Template)]
#[template(path = "season.html")]
struct SeasonPage {
    f: Frame,
    /// The first and the last day; nothing where there was no order.
    span: Option<String>,
    ways: Vec<Way>,
}

/// One direction of trade over the season.
struct Way {
    title: String,
    /// How many orders, and what became of them.
    orders: Vec<(String, String)>,
    chart: Chart,
    /// Where the money went, and its sum.
    bars: Vec<Bar>,
    sum: String,
    /// What households saved against the township.
    saved: Option<String>,
}

/// `GET /{lang}/v/{village}/season`: how the season goes, week by week, for everybody.
pub(super) async fn season(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let season = reports::season(&web, id, ("week", DAYS_BACK)).await?;
    let (rows, last) = (&season.rows, season.last);
    let calendar = web.app().calendar();
    let week_of = |row: &SeasonRow| calendar.at(row.from).today;
    // The picture begins and ends with the season.
    let shown = rows.first().map(week_of)..=rows.last().map(week_of);
    let weeks = season.edges.iter().map(|edge| calendar.at(*edge).today);
    let weeks: Vec<Date> = weeks.filter(|week| shown.contains(&Some(*week))).collect();
    let first = *shown.start();
    let looks = Looks { web: &web, lang, currency: village.currency };
    let ways = [Flow::Sale, Flow::Purchase].map(|flow| looks.way(flow, &weeks, rows));
    let mut frame = Frame::of(&web, lang, &village, ("report-season", "season"));
    frame.tail = format!("v/{id}/season");
    html(&SeasonPage {
        f: frame,
        span: first.map(|first| format!("{} – {}", lang.date(first), lang.date(last))),
        ways: ways.into_iter().flatten().collect(),
    })
}

/// How the values of a report read to one person.
pub(super) struct Looks<'a> {
    pub(super) web: &'a Web,
    pub(super) lang: Lang,
    pub(super) currency: Currency,
}

impl Looks<'_> {
    /// One direction, unless nothing went that way.
    fn way(&self, flow: Flow, weeks: &[Date], rows: &[SeasonRow]) -> Option<Way> {
        let (lang, calendar) = (self.lang, self.web.app().calendar());
        let of_flow = || rows.iter().filter(|row| row.flow == flow);
        let sums = of_flow().fold(SeasonSums::default(), |sum, row| sum.and(row.sums));
        if sums.placed == 0 {
            return None;
        }
        let points = weeks.iter().map(|week| {
            let row = of_flow().find(|row| calendar.at(row.from).today == *week);
            let value = row.map_or(0, |row| row.sums.goods_minor);
            let civil = week.civil();
            let label = format!("{}-{:02}", civil.month(), civil.day());
            Point { label, value, text: lang.money(value, self.currency) }
        });
        let heads = (lang.t("season-week"), lang.t("report-column-goods-minor"));
        let title = lang.t(&format!("season-{}", flow.name()));
        let whole = |minor: i64| lang.number(minor / 100);
        let (parts, saved) = (parts(flow, sums), sums.saved_minor);
        let sum = parts.iter().fold(0_i64, |sum, (_, minor)| sum.saturating_add(*minor));
        let counts = [
            ("placed", sums.placed),
            ("completed", sums.completed),
            ("refunded", sums.refunded),
            ("called-off", sums.called_off),
        ];
        let count = |(key, count)| (lang.t(&format!("report-column-{key}")), lang.number(count));
        Some(Way {
            chart: Chart::new(Form::Bars, title.clone(), heads, points.collect(), whole),
            title,
            orders: counts.map(count).into(),
            bars: parts_of(lang, self.currency, sum, &parts),
            sum: lang.money(sum, self.currency),
            saved: (saved > 0).then(|| lang.money(saved, self.currency)),
        })
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

/// Where the money of a season went, each part with the key of its text; the carriers' is the freight.
fn parts(flow: Flow, sums: SeasonSums) -> Vec<(String, i64)> {
    let seller = match flow {
        Flow::Sale => "season-growers",
        Flow::Purchase => "season-suppliers",
    };
    let parts = [
        (seller, sums.rest_minor),
        ("split-cooperative", sums.cooperative_minor),
        ("split-agent", sums.commission_minor),
        ("split-box", sums.packaging_minor),
        ("split-carrier", sums.freight_minor),
        ("split-platform", sums.platform_minor),
        ("split-refunded", sums.refunded_minor),
    ];
    parts.map(|(key, minor)| (key.to_owned(), minor)).into()
}
