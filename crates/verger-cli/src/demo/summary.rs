//! How a season went, for people and for programs: what the books and the orders say, and what the
//! player noticed. Owns the selection and the wording; every figure comes from the store.

use serde::Serialize;
use verger_app::check::Report;
use verger_domain::codec;
use verger_domain::ledger::Code;
use verger_domain::market::Flow;
use verger_domain::time::Instant;
use verger_domain::trust::GRAINS;
use verger_sim::demo;
use verger_sim::season::Told;
use verger_store::Reader;
use verger_store::report::{Place, SeasonSums};

use super::lending::Lending;
use crate::args::Format;
use crate::{books, output};

/// A season in figures. Money is in minor units.
#[derive(Debug, Serialize)]
pub(super) struct Summary {
    days: u32,
    commands: u64,
    refused: u64,
    seconds: i64,
    orders: i64,
    completed: i64,
    called_off: i64,
    claims: u64,
    rulings: u64,
    lost_parcels: u64,
    lots: u64,
    promises: u64,
    preorders: u64,
    preorders_ended: u64,
    fruit_g: i64,
    pools: u64,
    trips: u64,
    received_minor: i64,
    goods_minor: i64,
    freight_minor: i64,
    refunded_minor: i64,
    members_minor: i64,
    cooperative_minor: i64,
    packaging_minor: i64,
    agents_minor: i64,
    platform_minor: i64,
    purchases: i64,
    purchases_minor: i64,
    saved_minor: i64,
    wallets_minor: i64,
    facts: u64,
    proven_buyers: u64,
    #[serde(flatten)]
    lending: Lending,
    plans: u64,
    /// Orders by which a household bought from itself, and the points they brought it.
    forged: u64,
    forged_points: i64,
    /// Who borrowed for fifty chicks.
    chicks_for: Option<String>,
    records: u64,
    entries: u64,
    chain: String,
    green: bool,
}

impl Summary {
    /// Asks the store how the season went.
    pub(super) fn of(
        reader: &mut Reader,
        told: Told,
        report: &Report,
        seconds: i64,
    ) -> anyhow::Result<Self> {
        let cell = reader.routes()?.get(&demo::VILLAGE).copied();
        let cell = cell.ok_or_else(|| anyhow::anyhow!("the demo village is not there"))?;
        let place = Place { cell, village: demo::VILLAGE };
        let all = [Instant::from_micros(0), Instant::from_micros(i64::MAX)];
        let rows = reader.season(place, &all)?;
        let of = |flow| -> SeasonSums {
            let of_flow = rows.iter().filter(|row| row.flow == flow);
            of_flow.fold(SeasonSums::default(), |sum, row| sum.and(row.sums))
        };
        let (sales, purchases) = (of(Flow::Sale), of(Flow::Purchase));
        let wallets = reader.trial_balance(cell, demo::VILLAGE)?.get(&Code::WALLET).copied();
        let mut lending = Lending::drawn(told.loans, told.lent_minor);
        lending.add(reader, (cell, demo::VILLAGE))?;
        let chicks_for = told.chicks_for.map(|family| reader.party(cell, family)).transpose()?;
        Ok(Self {
            days: told.days,
            commands: told.commands,
            refused: told.refused,
            seconds,
            orders: sales.placed,
            completed: sales.completed,
            called_off: sales.called_off,
            claims: told.claims,
            rulings: told.rulings,
            lost_parcels: told.lost,
            lots: told.lots,
            promises: told.promises,
            preorders: told.preorders,
            preorders_ended: told.preorders_ended,
            fruit_g: told.fruit_g,
            pools: told.pools,
            trips: told.trips,
            received_minor: told.received_minor,
            goods_minor: sales.goods_minor,
            freight_minor: sales.freight_minor,
            refunded_minor: sales.refunded_minor,
            members_minor: sales.rest_minor,
            cooperative_minor: sales.cooperative_minor,
            packaging_minor: sales.packaging_minor,
            agents_minor: sales.commission_minor.saturating_add(purchases.commission_minor),
            platform_minor: sales.platform_minor.saturating_add(purchases.platform_minor),
            purchases: purchases.placed,
            purchases_minor: purchases.goods_minor,
            saved_minor: purchases.saved_minor,
            wallets_minor: wallets.unwrap_or(0).saturating_neg(),
            facts: told.facts,
            proven_buyers: told.proven_buyers,
            lending,
            plans: told.plans,
            forged: told.forged,
            forged_points: told.forged_grains / GRAINS,
            chicks_for: chicks_for.flatten().map(|view| view.party.code.to_string()),
            records: report.records,
            entries: report.entries,
            chain: codec::to_hex(&reader.head(cell)?.chain),
            green: report.is_green(),
        })
    }

    /// Prints it as it was asked for.
    pub(super) fn print(&self, report: &Report, format: Format) -> anyhow::Result<()> {
        if format == Format::Json {
            return output::print_json(self);
        }
        output::say("");
        output::say(
            "土家寨 Tujiazhai, its peach season. All people are invented, all money is play.",
        );
        output::say("");
        let rows = self
            .rows()
            .into_iter()
            .chain(self.credit_rows())
            .map(|(what, how)| vec![what.to_owned(), how]);
        output::print_table(&["the season", ""], rows.collect());
        output::say("");
        books::print_report(report);
        output::say(&format!("Journal chain {}\n", self.chain));
        Ok(())
    }

    fn rows(&self) -> Vec<(&'static str, String)> {
        let share = |part: i64| percent(part, self.goods_minor);
        vec![
            ("orders from outside", format!("{} in {} days", self.orders, self.days)),
            ("  of them done", format!("{}, {} called off", self.completed, self.called_off)),
            (
                "  complaints, lost parcels",
                format!("{}, {}; {} went to a panel", self.claims, self.lost_parcels, self.rulings),
            ),
            (
                "  ordered ahead",
                format!(
                    "{} with a deposit, {} thought better of it and had it back",
                    self.preorders, self.preorders_ended
                ),
            ),
            (
                "fruit weighed",
                format!(
                    "{} t in {} lots, {} families promised ahead, {} pools",
                    self.fruit_g / 1_000_000,
                    self.lots,
                    self.promises,
                    self.pools
                ),
            ),
            ("paid by buyers", yuan(self.received_minor)),
            (
                "to the families",
                format!("{}, {} of the price", yuan(self.members_minor), share(self.members_minor)),
            ),
            (
                "  cooperative's fee, boxes",
                format!("{}, {}", yuan(self.cooperative_minor), yuan(self.packaging_minor)),
            ),
            ("to the agents", yuan(self.agents_minor)),
            ("to the platform", yuan(self.platform_minor)),
            ("freight of one order", yuan(mean(self.freight_minor, self.completed))),
            (
                "bought for the households",
                format!(
                    "{}, {} orders, {} trips",
                    yuan(self.purchases_minor),
                    self.purchases,
                    self.trips
                ),
            ),
            (
                "  cheaper than the township",
                format!(
                    "{}, {}",
                    yuan(self.saved_minor),
                    percent(self.saved_minor, self.township())
                ),
            ),
            ("in the wallets now", yuan(self.wallets_minor)),
            (
                "commands",
                format!("{}, {} a second", self.commands, self.commands / per(self.seconds)),
            ),
        ]
    }

    /// The part of the table about trust and credit.
    fn credit_rows(&self) -> Vec<(&'static str, String)> {
        let mut rows = self.lending.rows();
        rows.extend([
            ("  late, with a plan", self.plans.to_string()),
            (
                "one that bought from itself",
                format!("{} orders, {} points", self.forged, self.forged_points),
            ),
        ]);
        rows
    }

    /// What the households' purchases would have cost in the township.
    fn township(&self) -> i64 {
        self.purchases_minor.saturating_add(self.saved_minor)
    }
}

fn per(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or(1).max(1)
}

fn mean(sum: i64, count: i64) -> i64 {
    sum.checked_div(count).unwrap_or(0)
}

/// A part of a whole in percent, one digit behind the point.
pub(super) fn percent(part: i64, whole: i64) -> String {
    let permille = part.saturating_mul(1_000).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", permille / 10, permille.abs() % 10)
}

/// Fen as yuan, the thousands apart.
pub(super) fn yuan(minor: i64) -> String {
    let (whole, fen) = (minor.unsigned_abs() / 100, minor.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if minor < 0 { "-" } else { "" };
    format!("{sign}{grouped}.{fen:02} yuan")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: money is grouped for people and parts are told in percent.
    #[test]
    fn figures_read_well() {
        assert_eq!(yuan(123_456_789), "1,234,567.89 yuan");
        assert_eq!(yuan(-5), "-0.05 yuan");
        assert_eq!(yuan(99_900), "999.00 yuan");
        assert_eq!(percent(1, 3), "33.3 %");
        assert_eq!(percent(1, 0), "0.0 %");
    }
}
