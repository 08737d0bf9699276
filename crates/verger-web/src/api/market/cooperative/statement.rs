//! A member's statement: what of a pool is his, from the scale to the wallet, in words. Owns the
//! lines and their order; the figures are the domain's.

use serde::Serialize;
use utoipa::ToSchema;
use verger_app::report::{Place, PoolSheet};
use verger_domain::id::{PartyId, PoolId};
use verger_domain::market::share::{Due, Statement};
use verger_domain::market::{Pool, PoolPhase};
use verger_domain::money::Currency;

use crate::fault::Fault;
use crate::input::{Desk, Read};
use crate::text::Lang;

/// One line of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Line {
    /// What it is, for programs.
    #[schema(example = "share")]
    pub(crate) item: &'static str,
    /// What it is, in words.
    pub(crate) text: String,
    /// How much, in minor units; absent for what is counted otherwise.
    pub(crate) amount_minor: Option<i64>,
    /// How much, in words.
    pub(crate) shown: String,
}

/// One lot of a statement.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementLot {
    /// The lot's code.
    pub(crate) lot: String,
    /// The day it was picked.
    pub(crate) picked_on: String,
    /// How much of the pool's grade it brought, in grams.
    pub(crate) grams: i64,
    /// What was paid for it at once, in minor units.
    pub(crate) advance_minor: i64,
    /// What went back to buyers for it, in minor units.
    pub(crate) claims_minor: i64,
}

/// A household's part of a pool.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatementShape {
    /// What it is called.
    pub(crate) title: String,
    /// The household's code.
    #[schema(example = "H018")]
    pub(crate) household: String,
    /// The pool's id.
    pub(crate) pool: String,
    /// Where the pool is; before it is accounted the figures are those of today.
    pub(crate) phase: &'static str,
    /// The account of the whole pool.
    pub(crate) account: Vec<Line>,
    /// The household's part of it.
    pub(crate) own: Vec<Line>,
    /// Its lots.
    pub(crate) lots: Vec<StatementLot>,
}

/// The statement of the household in the address, for its own people and the shop's.
pub(crate) async fn statement_of(
    desk: &Desk<Read>,
    pool: PoolId,
    lang: Lang,
) -> Result<StatementShape, Fault> {
    let household = desk.party("party", desk.param("party")).await?;
    statement_for(desk, pool, household, lang).await
}

/// The statement of a household, for its own people and the shop's.
pub(crate) async fn statement_for(
    desk: &Desk<Read>,
    pool: PoolId,
    household: PartyId,
    lang: Lang,
) -> Result<StatementShape, Fault> {
    let village = desk.village;
    let missing = || Fault::not_found("statement");
    let seen = desk.app().subject::<Pool>(village, desk.viewer(), pool.bits()).await?;
    let (_, eyes) = seen.ok_or_else(missing)?;
    if !eyes.is_inner() && !eyes.is_of(household) {
        return Err(missing());
    }
    let asked = desk
        .app()
        .ask(village, move |reader, cell| reader.pool_sheet(Place { cell, village }, pool));
    let sheet = asked.await?.ok_or_else(missing)?;
    let currency = desk.web.currency(village).await?;
    let shared_bps = desk.policy().await?.cooperative.claim_shared_bps;
    Told { lang, currency, shared_bps }.statement(&sheet, household).ok_or_else(missing)
}

/// How a statement is told.
struct Told {
    lang: Lang,
    currency: Currency,
    shared_bps: u32,
}

impl Told {
    fn statement(&self, sheet: &PoolSheet, household: PartyId) -> Option<StatementShape> {
        let pool = &sheet.pool;
        let code = sheet.codes.get(&household)?.clone();
        let (statement, net_minor) = self.account_of(sheet);
        let dues = pool.dues(net_minor, statement.shared_bps);
        let due = dues.get(&household).copied().unwrap_or_default();
        let own = sheet.lots.iter().filter(|line| line.household == code);
        let lots: Vec<StatementLot> = own
            .map(|line| StatementLot {
                lot: line.lot.to_string(),
                picked_on: line.picked_on.to_string(),
                grams: line.grams,
                advance_minor: line.advance_minor,
                claims_minor: line.claims_minor,
            })
            .collect();
        Some(StatementShape {
            title: self.lang.with(
                "statement-title",
                &[("variety", pool.variety.clone().into()), ("grade", pool.grade.name().into())],
            ),
            household: code,
            pool: pool.id.to_string(),
            phase: pool.phase.name(),
            account: self.account(&statement, net_minor),
            own: self.own(pool, household, &due, statement.grams),
            lots,
        })
    }

    /// The account that was drawn up, or what it would be now.
    fn account_of(&self, sheet: &PoolSheet) -> (Statement, i64) {
        let pool = &sheet.pool;
        if let Some(statement) = pool.statement.filter(|_| pool.phase >= PoolPhase::Accounted) {
            return (statement, pool.net_minor);
        }
        let sales = sheet.shelf.as_ref().map(|shelf| shelf.sales).unwrap_or_default();
        let net_minor = sales.net_minor().max(0);
        (Statement::of(pool, sales, net_minor, self.shared_bps), net_minor)
    }

    fn account(&self, statement: &Statement, net_minor: i64) -> Vec<Line> {
        let sales = statement.sales;
        let less = i64::saturating_neg;
        let lines = [
            ("goods", sales.goods_minor),
            ("local", sales.local_minor),
            ("compensated", sales.compensated_minor),
            ("refunded", less(sales.refunded_minor)),
            ("platform", less(sales.platform_minor)),
            ("commission", less(sales.commission_minor)),
            ("cooperative", less(sales.cooperative_minor)),
            ("packaging", less(sales.packaging_minor)),
            ("claims", less(sales.claims_minor)),
            ("other", statement.other_minor),
            ("net", net_minor),
        ];
        let said = lines.into_iter().filter(|(item, minor)| *minor != 0 || *item == "net");
        said.map(|(item, minor)| self.money(item, minor)).collect()
    }

    fn own(&self, pool: &Pool, household: PartyId, due: &Due, all_grams: i64) -> Vec<Line> {
        let share = pool.shares.get(&household).copied().unwrap_or_default();
        let carried = share.advance_minor.saturating_sub(due.settled_minor);
        let mut lines = vec![
            self.grams("grams", share.grams),
            self.grams("all-grams", all_grams),
            self.money("share", due.share_minor),
        ];
        let more = [
            ("own-claims", due.claims_minor.saturating_neg()),
            ("due", due.due_minor),
            ("advance", share.advance_minor.saturating_neg()),
            ("carried", carried),
        ];
        let more = more.into_iter().filter(|(item, minor)| *minor != 0 || *item == "due");
        lines.extend(more.map(|(item, minor)| self.money(item, minor)));
        lines.push(self.money("final", due.pay_minor));
        lines
    }

    fn money(&self, item: &'static str, minor: i64) -> Line {
        let text = self.lang.t(&format!("statement-{item}"));
        Line { item, text, amount_minor: Some(minor), shown: self.lang.money(minor, self.currency) }
    }

    fn grams(&self, item: &'static str, grams: i64) -> Line {
        let shown =
            self.lang.with("statement-weight", &[("grams", self.lang.number(grams).into())]);
        Line { item, text: self.lang.t(&format!("statement-{item}")), amount_minor: None, shown }
    }
}
