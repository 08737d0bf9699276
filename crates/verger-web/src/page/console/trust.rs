//! Trust as the staff sees it: the last weights, how many households stand on each level, and each
//! household with its tree and the lines that its points are the sum of. Owns these pages; the
//! formula and its words are shared with the household's own.

use axum::response::Html;
use serde::Deserialize;
use verger_app::TrustBoard;
use verger_domain::party::{Party, PartyKind};
use verger_domain::trust::{Limit, LineRow, NodeWeight};

use super::grid::{Figure, Grid, Page, Td};
use super::{ROWS_MAX, counter};
use crate::chart::{Chart, Form, Point};
use crate::fault::Fault;
use crate::input::Asked;
use crate::page::villager::account::AccountQuery;
use crate::session::Seat;

/// What stands behind the question mark.
#[derive(Default, Deserialize)]
pub(super) struct TrustQuery {
    /// Only the households of this level.
    level: Option<u8>,
    /// `weights`: the weights of the last batch.
    show: Option<String>,
    /// How many come before.
    from: Option<u32>,
}

fn count(seat: &Seat, count: usize) -> String {
    seat.lang.number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `GET /{lang}/console/trust`: the households by points, or the weights of the last batch.
pub(super) async fn list(
    seat: Seat,
    Asked(query): Asked<TrustQuery>,
) -> Result<Html<String>, Fault> {
    let from = usize::try_from(query.from.unwrap_or(0)).unwrap_or(usize::MAX);
    if query.show.as_deref() == Some("weights") {
        return weights(&seat, from).await;
    }
    let board = seat.app().trust_board(seat.village).await?;
    let tail =
        query.level.map_or_else(|| "trust".to_owned(), |level| format!("trust?level={level}"));
    let mut page = Page::new(&seat, "trust", &tail);
    page.lead = seat.lang.t("trusts-lead");
    if query.level.is_none() && from == 0 {
        page.figures = figures(&seat, &board);
        page.charts.push(chart(&seat, &board));
        page.grids.push(levels(&seat, &board));
    }
    let of_level =
        |(_, limit): &&(Party, Limit)| query.level.is_none_or(|level| limit.level == level);
    let chosen: Vec<&(Party, Limit)> = board.households.iter().filter(of_level).collect();
    let sign = if query.level.is_some() { '&' } else { '?' };
    let next = next(&format!("{tail}{sign}"), (from, chosen.len()));
    page.grids.push(households(&seat, &chosen, from).await?.more(&seat, next));
    page.show()
}

/// The address of the next rows, if there are any.
fn next(address: &str, (from, all): (usize, usize)) -> Option<String> {
    let next = from.saturating_add(usize::try_from(ROWS_MAX).unwrap_or(usize::MAX));
    (next < all).then(|| format!("{address}from={next}"))
}

fn figures(seat: &Seat, board: &TrustBoard) -> Vec<Figure> {
    let figure = |key: &str, value: String| Figure {
        name: seat.lang.t(key),
        value,
        link: seat.to("console/trust?show=weights"),
    };
    let number = board.batch.map(|batch| count(seat, usize::try_from(batch.number).unwrap_or(0)));
    let day = board.batch.map(|batch| seat.lang.date(batch.on));
    let none = || seat.lang.t("trusts-no-batch");
    vec![
        figure("trusts-batch", number.unwrap_or_else(none)),
        figure("trusts-batch-day", day.unwrap_or_else(none)),
        figure("trusts-weighed", count(seat, usize::try_from(board.weighed).unwrap_or(0))),
    ]
}

/// How many households stand on each level, level 0 first.
fn by_level(board: &TrustBoard) -> Vec<usize> {
    let mut counts = vec![0_usize; board.levels.len().saturating_add(1)];
    for (_, limit) in &board.households {
        if let Some(count) = counts.get_mut(usize::from(limit.level)) {
            *count = count.saturating_add(1);
        }
    }
    counts
}

fn chart(seat: &Seat, board: &TrustBoard) -> Chart {
    let point = |(level, households): (usize, &usize)| Point {
        label: level.to_string(),
        value: i64::try_from(*households).unwrap_or(i64::MAX),
        text: count(seat, *households),
    };
    let counts = by_level(board);
    let heads = (seat.lang.t("trusts-level"), seat.lang.t("trusts-households"));
    let points = counts.iter().enumerate().map(point).collect();
    let title = seat.lang.t("trusts-chart");
    Chart::new(Form::Bars, title, heads, points, |value| seat.lang.number(value))
}

fn levels(seat: &Seat, board: &TrustBoard) -> Grid {
    let counts = by_level(board);
    let row = |(level, households): (usize, &usize)| {
        let from = level.checked_sub(1).and_then(|index| board.levels.get(index));
        let link = seat.to(&format!("console/trust?level={level}"));
        vec![
            Td::text(level.to_string()).to(link),
            Td::number(seat.lang.number(from.copied().unwrap_or(0))),
            Td::number(count(seat, *households)),
        ]
    };
    let heads = ["trusts-level", "trusts-from", "trusts-households"];
    Grid::new(seat, "trusts-levels", &heads, counts.iter().enumerate().map(row).collect())
}

async fn households(seat: &Seat, all: &[&(Party, Limit)], from: usize) -> Result<Grid, Fault> {
    let most = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let shown: Vec<&&(Party, Limit)> = all.iter().skip(from).take(most).collect();
    let known = counter::names(seat, shown.iter().map(|(party, _)| party.id).collect()).await?;
    let row = |(party, limit): &&&(Party, Limit)| {
        let name = known.get(&party.id).map(|who| format!("{} {}", who.name, who.code));
        let link = seat.to(&format!("console/trust/{}", party.code));
        vec![
            Td::text(name.unwrap_or_else(|| party.code.to_string())).to(link),
            Td::number(seat.lang.number(limit.points)),
            Td::number(limit.level.to_string()),
            Td::number(seat.money(limit.limit_minor)),
            Td::text(seat.lang.t(&format!("trusts-by-{}", limit.reason.name()))),
        ]
    };
    let heads =
        ["loans-household", "trusts-points", "trusts-level", "loans-limit", "trusts-because"];
    Ok(Grid::new(seat, "trusts-all", &heads, shown.iter().map(row).collect()))
}

const fn kind_key(kind: PartyKind) -> &'static str {
    match kind {
        PartyKind::Household => "trusts-kind-household",
        PartyKind::Buyer => "trusts-kind-buyer",
        PartyKind::Cooperative => "trusts-kind-cooperative",
        PartyKind::Supplier => "trusts-kind-supplier",
        _ => "trusts-kind-other",
    }
}

/// A share of 256 in percent.
fn share(seat: &Seat, part: u16) -> String {
    seat.lang.percent(i64::from(part).saturating_mul(1_000_000) / 256)
}

async fn weights(seat: &Seat, from: usize) -> Result<Html<String>, Fault> {
    let (batch, all) = seat.app().trust_weights(seat.village).await?;
    let mut page = Page::new(seat, "trust", "trust?show=weights");
    page.title(seat.lang.t("trusts-weights"));
    let values = batch.map(|batch| {
        [
            ("number", i64::from(batch.number).into()),
            ("day", seat.lang.date(batch.on).into()),
            ("rounds", i64::from(batch.rounds).into()),
        ]
    });
    page.lead = values.map_or_else(
        || seat.lang.t("trusts-no-batch"),
        |values| seat.lang.with("trusts-weights-lead", &values),
    );
    let most = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let shown: Vec<&(Party, NodeWeight)> = all.iter().skip(from).take(most).collect();
    let row = |(party, node): &&(Party, NodeWeight)| {
        vec![
            Td::party(seat, party.code.as_str(), party.code.to_string()),
            Td::text(seat.lang.t(kind_key(party.kind))),
            Td::number(share(seat, node.weight)),
            Td::number(share(seat, node.backed_share)),
            Td::number(seat.money(node.backed_minor)),
        ]
    };
    let heads = [
        "report-column-party",
        "trusts-kind",
        "trusts-weight",
        "trusts-backed-share",
        "trusts-backed",
    ];
    let grid = Grid::new(seat, "", &heads, shown.iter().map(row).collect());
    page.grids.push(grid.more(seat, next("trust?show=weights&", (from, all.len()))));
    page.show()
}

/// `GET /{lang}/console/trust/{household}`: the tree, and the lines it is the sum of.
pub(super) async fn one(
    seat: Seat,
    Asked(query): Asked<AccountQuery>,
) -> Result<Html<String>, Fault> {
    let before = query.cursor()?;
    let id = seat.party("household", seat.param("household")).await?;
    let trust = seat.app().trust(seat.village, id).await?;
    let household = &trust.household;
    let known = counter::names(&seat, vec![household.id]).await?;
    let mut page = Page::new(&seat, "trust", &format!("trust/{}", household.code));
    if let Some(who) = known.get(&household.id) {
        page.title(who.name.clone());
    }
    page.lead = household.code.to_string();
    let loans = seat.to(&format!("console/loans/{}", household.code));
    page.tools.push((seat.lang.t("console-loans"), loans));
    page.card = Some(crate::trust::card(seat.lang, &trust).map_err(|error| {
        tracing::error!(%error, "a tree does not render");
        Fault::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "incident")
    })?);
    let lines = seat.app().trust_lines(seat.village, household.id, before, ROWS_MAX).await?;
    let others = lines.iter().filter_map(|line| line.counterparty).collect();
    let named = counter::names(&seat, others).await?;
    let row = |line: &LineRow| {
        let with = line.counterparty.and_then(|who| named.get(&who));
        let value = line.line.value_minor;
        vec![
            Td::text(seat.lang.date(line.line.on))
                .to(seat.to(&format!("v/{}/journal/{}", seat.village, line.seq))),
            Td::text(seat.lang.t(&format!("trusts-line-{}", line.kind.replace('_', "-")))),
            Td::text(with.map(|who| format!("{} {}", who.name, who.code)).unwrap_or_default()),
            Td::number(if value == 0 { String::new() } else { seat.money(value) }),
            Td::number(with.map(|_| share(&seat, line.line.weight.share)).unwrap_or_default()),
            Td::number(points(&seat, line.line.grains)),
        ]
    };
    let heads = [
        "journal-when",
        "fact-name",
        "trusts-with",
        "field-amount",
        "trusts-weight",
        "trusts-points",
    ];
    let rows = lines.iter().map(row).collect();
    let is_full = lines.len() == usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let next = lines
        .last()
        .filter(|_| is_full)
        .map(|line| format!("trust/{}?before={}.{}", household.code, line.seq, line.number));
    page.grids.push(Grid::new(&seat, "trusts-lines", &heads, rows).more(&seat, next));
    page.show()
}

/// Grains as points to a hundredth, with their sign.
fn points(seat: &Seat, grains: i64) -> String {
    let hundredths = grains.saturating_abs().saturating_mul(100) / verger_domain::trust::GRAINS;
    let sign = if grains < 0 { "\u{2212}" } else { "+" };
    let point = if seat.lang == crate::text::Lang::Fr { ',' } else { '.' };
    format!("{sign}{}{point}{:02}", seat.lang.number(hundredths / 100), hundredths % 100)
}
