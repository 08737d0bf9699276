//! Loans as the staff sees them: what is out, how much of it is late, what is set aside, and each
//! borrower with his line, his events and the decisions about them. Owns what is shown where; the
//! measures are the domain's, and only the staff that keeps the books looks here.

use std::collections::BTreeMap;

use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use verger_app::Loans;
use verger_domain::credit::portfolio::{Exposure, PAR30_DAYS, PAR90_DAYS, share_bps};
use verger_domain::credit::tranche::{End, Tranche};
use verger_domain::id::PartyId;
use verger_domain::ledger::Code;
use verger_domain::time::Date;
use verger_reports::{Cell, Table};

use super::grid::{Figure, Grid, Page, Td};
use super::{ROWS_MAX, counter, reports};
use crate::chart::{Chart, Form, Point};
use crate::fault::Fault;
use crate::input::Asked;
use crate::session::Seat;

/// What stands behind the question mark.
#[derive(Default, Deserialize)]
pub(super) struct LoansQuery {
    /// Which loans.
    show: Option<String>,
    /// How many come before.
    from: Option<u32>,
    /// As a file: `csv` or `xlsx`.
    format: Option<String>,
}

/// Which loans are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Show {
    Open,
    Par30,
    Par90,
    Ended,
    Lost,
}

impl Show {
    const ALL: [Self; 5] = [Self::Open, Self::Par30, Self::Par90, Self::Ended, Self::Lost];

    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Par30 => "par30",
            Self::Par90 => "par90",
            Self::Ended => "ended",
            Self::Lost => "lost",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|show| show.name() == name)
    }

    fn has(self, tranche: &Tranche, on: Date) -> bool {
        let is_late = |days: u32| {
            let loan = Exposure::of(tranche, on);
            loan.is_some_and(|loan| loan.days_past_due > days || loan.is_restructured)
        };
        match self {
            Self::Open | Self::Ended => true,
            Self::Par30 => is_late(PAR30_DAYS),
            Self::Par90 => is_late(PAR90_DAYS),
            Self::Lost => tranche.end == Some(End::WrittenOff),
        }
    }

    /// The loans of a list.
    fn of(self, loans: &Loans, on: Date) -> Vec<&(PartyId, Tranche)> {
        let all = match self {
            Self::Ended | Self::Lost => &loans.ended,
            _ => &loans.open,
        };
        all.iter().filter(|(_, tranche)| self.has(tranche, on)).collect()
    }
}

/// Hundredths of a percent as people read them.
pub(super) fn percent(seat: &Seat, bps: i64) -> String {
    seat.lang.percent(bps.saturating_mul(100))
}

fn count(seat: &Seat, count: u64) -> String {
    seat.lang.number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// `GET /{lang}/console/loans`: the portfolio, or the loans that one of its figures is made of.
pub(super) async fn list(seat: Seat, Asked(query): Asked<LoansQuery>) -> Result<Response, Fault> {
    let on = seat.app().now().today;
    let loans = seat.app().loans(seat.village, on).await?;
    let show = query.show.as_deref().and_then(Show::by_name).unwrap_or(Show::Open);
    let chosen = show.of(&loans, on);
    if let Some(format) = &query.format {
        let table = table(&seat, &chosen).await?;
        let name = format!("loans-{}-{on}", show.name());
        return reports::file(&seat, &table, &name, format);
    }
    let tail = match show {
        Show::Open => "loans".to_owned(),
        show => format!("loans?show={}", show.name()),
    };
    let mut page = Page::new(&seat, "loans", &tail);
    if show == Show::Open {
        page.lead = seat.lang.t("loans-lead");
        page.figures = figures(&seat, &loans);
        page.charts.push(chart(&seat, &loans));
    } else {
        page.title(seat.lang.t(&format!("loans-{}", show.name())));
        page.lead = seat.lang.t(&format!("loans-{}.lead", show.name()));
    }
    let here = seat.to(&format!("console/loans?show={}", show.name()));
    page.tools =
        ["csv", "xlsx"].map(|kind| (kind.to_uppercase(), format!("{here}&format={kind}"))).into();
    let from = usize::try_from(query.from.unwrap_or(0)).unwrap_or(usize::MAX);
    let size = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let shown: Vec<_> = chosen.iter().copied().skip(from).take(size).collect();
    let next = from.saturating_add(size);
    let more = format!("loans?show={}&from={next}", show.name());
    let grid = grid(&seat, show, &shown).await?;
    page.grids.push(grid.more(&seat, (chosen.len() > next).then_some(more)));
    if show == Show::Open && from == 0 {
        page.grids.push(steps(&seat, &loans));
        page.grids.push(agents(&seat, &loans).await?);
        page.grids.push(cohorts(&seat, &loans));
    }
    Ok(page.show()?.into_response())
}

/// The measures, each with the page of what it is made of.
fn figures(seat: &Seat, loans: &Loans) -> Vec<Figure> {
    let (report, all) = (&loans.report, &loans.report.all);
    let figure = |key: &str, value: String, tail: &str| Figure {
        name: seat.lang.t(key),
        value,
        link: seat.to(&format!("console/{tail}")),
    };
    let book = |code: Code| format!("ledger/{}", code.number());
    let oss = loans.self_sufficiency_bps.map(|bps| percent(seat, bps));
    let oss = oss.unwrap_or_else(|| seat.lang.t("loans-oss-none"));
    let on_time = if report.ended.0 == 0 {
        seat.lang.t("loans-ended-none")
    } else {
        percent(seat, report.on_time_bps().into())
    };
    let own = |show: Show| format!("loans?show={}", show.name());
    vec![
        figure("figure-loans", seat.money(all.olb_minor), &book(Code::LOAN_PRINCIPAL)),
        figure("loans-par30", percent(seat, all.par30_bps().into()), &own(Show::Par30)),
        figure("loans-par90", percent(seat, all.par90_bps().into()), &own(Show::Par90)),
        figure("loans-provision", seat.money(all.provision_minor()), &book(Code::LOAN_ALLOWANCE)),
        figure("loans-lost", seat.money(report.lost_minor), &own(Show::Lost)),
        figure("loans-on-time", on_time, &own(Show::Ended)),
        figure("loans-oss", oss, "ledger"),
    ]
}

/// The days late of each step in figures, the same in every language.
fn spans(loans: &Loans) -> Vec<String> {
    let mut from = 0;
    let count = loans.steps.len();
    let span = |(index, (step, _)): (usize, &(verger_domain::policy::ProvisionStep, _))| {
        let (first, last) = (from, step.up_to_days);
        from = last.saturating_add(1);
        match () {
            () if index + 1 == count => format!("{first}+"),
            () if first == last => first.to_string(),
            () => format!("{first}\u{2013}{last}"),
        }
    };
    loans.steps.iter().enumerate().map(span).collect()
}

fn chart(seat: &Seat, loans: &Loans) -> Chart {
    let point =
        |(label, (_, measures)): (String, &(_, verger_domain::credit::portfolio::Measures))| {
            Point { label, value: measures.olb_minor, text: seat.money(measures.olb_minor) }
        };
    let points = spans(loans).into_iter().zip(&loans.steps).map(point).collect();
    let heads = (seat.lang.t("loans-days-late"), seat.lang.t("loans-out"));
    let title = seat.lang.t("loans-chart");
    Chart::new(Form::Bars, title, heads, points, |minor| seat.lang.number(minor / 100))
}

/// What is set aside, step by step.
fn steps(seat: &Seat, loans: &Loans) -> Grid {
    let row = |(span, (step, measures)): (
        String,
        &(verger_domain::policy::ProvisionStep, verger_domain::credit::portfolio::Measures),
    )| {
        vec![
            Td::text(span),
            Td::number(count(seat, measures.loans)),
            Td::number(seat.money(measures.olb_minor)),
            Td::number(seat.lang.percent(step.rate_ppm.into())),
            Td::number(seat.money(measures.provision_minor())),
        ]
    };
    let mut rows: Vec<Vec<Td>> = spans(loans).into_iter().zip(&loans.steps).map(row).collect();
    let all = &loans.report.all;
    rows.push(vec![
        Td::text(seat.lang.t("loans-together")),
        Td::number(count(seat, all.loans)),
        Td::number(seat.money(all.olb_minor)),
        Td::number(String::new()),
        Td::number(seat.money(all.provision_minor())),
    ]);
    let heads = ["loans-days-late", "loans-count", "loans-out", "loans-rate", "loans-set-aside"];
    Grid::new(seat, "loans-steps", &heads, rows)
}

async fn agents(seat: &Seat, loans: &Loans) -> Result<Grid, Fault> {
    let ids = loans.report.by_agent.keys().copied().flatten().collect();
    let known = counter::names(seat, ids).await?;
    let rows = loans.report.by_agent.iter().map(|(agent, measures)| {
        let who = agent.and_then(|agent| known.get(&agent));
        let name = match who {
            Some(who) => {
                let link = seat.to(&format!("console/users/{}", who.code));
                Td::text(who.name.clone()).to(link)
            }
            None => Td::text(seat.lang.t("loans-no-agent")),
        };
        vec![
            name,
            Td::number(count(seat, measures.loans)),
            Td::number(seat.money(measures.olb_minor)),
            Td::number(percent(seat, measures.par30_bps().into())),
        ]
    });
    let heads = ["shop-agent", "loans-count", "loans-out", "loans-par30"];
    Ok(Grid::new(seat, "loans-agents", &heads, rows.collect()))
}

fn cohorts(seat: &Seat, loans: &Loans) -> Grid {
    let rows = loans.report.cohorts.iter().rev().map(|(month, cohort)| {
        vec![
            Td::text(month.to_string()),
            Td::number(count(seat, cohort.loans)),
            Td::number(seat.money(cohort.drawn_minor)),
            Td::number(seat.money(cohort.repaid_minor)),
            Td::number(seat.money(cohort.olb_minor)),
            Td::number(percent(seat, share_bps(cohort.par30_minor, cohort.olb_minor).into())),
            Td::number(seat.money(cohort.lost_minor)),
        ]
    });
    let heads = [
        "loans-month",
        "loans-count",
        "loans-drawn",
        "loans-repaid",
        "loans-out",
        "loans-par30",
        "loans-lost",
    ];
    Grid::new(seat, "loans-cohorts", &heads, rows.collect())
}

/// How a loan stands, with its look.
pub(super) fn state(seat: &Seat, tranche: &Tranche) -> Td {
    let name = tranche.status().name();
    let mark = match name {
        "current" | "closed" => "ok",
        "in_grace" | "restructured" => "wait",
        _ => "no",
    };
    Td::mark(seat.lang.t(&format!("loan-{}", name.replace('_', "-"))), mark)
}

async fn grid(seat: &Seat, show: Show, rows: &[&(PartyId, Tranche)]) -> Result<Grid, Fault> {
    let known = counter::names(seat, rows.iter().map(|(who, _)| *who).collect()).await?;
    let is_over = matches!(show, Show::Ended | Show::Lost);
    let row = |(who, tranche): &&(PartyId, Tranche)| {
        let name = known.get(who).map_or_else(
            || Td::text(who.to_string()),
            |who| {
                let link = seat.to(&format!("console/loans/{}", who.code));
                Td::text(format!("{} {}", who.name, who.code)).to(link)
            },
        );
        let mut cells = vec![
            name,
            Td::text(seat.lang.date(tranche.drawn_on)),
            Td::text(seat.lang.date(tranche.due_on)),
        ];
        if is_over {
            let ended = tranche.ended_on.map(|on| seat.lang.date(on));
            cells.push(Td::text(ended.unwrap_or_default()));
            cells.push(Td::number(seat.money(tranche.drawn_minor)));
            cells.push(Td::number(seat.money(tranche.claim_minor)));
        } else {
            let days = tranche.days_past_due(tranche.through);
            cells.push(Td::number(seat.lang.number(days.into())));
            cells.push(Td::number(seat.money(tranche.principal_minor)));
            cells.push(Td::number(seat.money(tranche.payoff_minor())));
        }
        cells.push(state(seat, tranche));
        cells
    };
    let mut heads = vec!["loans-household", "loans-drawn-on", "loans-due-on"];
    heads.extend(if is_over {
        ["loans-ended-on", "loans-drawn", "loans-claim"]
    } else {
        ["loans-days-late", "loans-out", "loans-payoff"]
    });
    heads.push("needs-state");
    let title = if show == Show::Open { "loans-open" } else { "" };
    Ok(Grid::new(seat, title, &heads, rows.iter().map(row).collect()))
}

/// The loans as a file for spreadsheets.
async fn table(seat: &Seat, rows: &[&(PartyId, Tranche)]) -> Result<Table, Fault> {
    let ids: Vec<PartyId> =
        rows.iter().flat_map(|(who, tranche)| [Some(*who), tranche.agent]).flatten().collect();
    let found = seat.app().ask(seat.village, move |reader, cell| reader.people(cell, &ids));
    let known: BTreeMap<PartyId, verger_app::PartyView> = found.await?;
    let code = |who: &PartyId| {
        let code = known.get(who).map(|view| view.party.code.to_string());
        Cell::Text(code.unwrap_or_else(|| who.to_string()))
    };
    let row = |(who, tranche): &&(PartyId, Tranche)| {
        use verger_domain::credit::terms::Part;
        vec![
            Cell::Text(tranche.id.to_string()),
            code(who),
            tranche.agent.as_ref().map_or(Cell::Nothing, code),
            Cell::Day(tranche.drawn_on),
            Cell::Day(tranche.due_on),
            tranche.ended_on.map_or(Cell::Nothing, Cell::Day),
            Cell::Word(tranche.status().name()),
            Cell::Number(tranche.days_past_due(tranche.through).into()),
            Cell::Flag(tranche.plan.is_some()),
            Cell::Minor(tranche.drawn_minor),
            Cell::Minor(tranche.due_minor(Part::Principal)),
            Cell::Minor(tranche.due_minor(Part::Interest)),
            Cell::Minor(tranche.due_minor(Part::Penalty)),
            Cell::Minor(tranche.due_minor(Part::Fee)),
            Cell::Minor(tranche.payoff_minor()),
            Cell::Minor(tranche.claim_minor),
        ]
    };
    Ok(Table { columns: COLUMNS, rows: rows.iter().map(row).collect(), totals: None })
}

const COLUMNS: &[&str] = &[
    "tranche",
    "household",
    "agent",
    "drawn_on",
    "due_on",
    "ended_on",
    "status",
    "days_past_due",
    "is_restructured",
    "drawn_minor",
    "principal_minor",
    "interest_minor",
    "penalty_minor",
    "fee_minor",
    "payoff_minor",
    "claim_minor",
];
