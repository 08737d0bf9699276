//! What a story left of trust and credit, read from the store. Owns the counting over villages and how
//! it is told in either summary.

use std::collections::BTreeMap;

use serde::Serialize;
use verger_app::clock::Calendar;
use verger_domain::credit::portfolio::{Matrix, Report as Portfolio};
use verger_domain::id::{CellId, VillageId};
use verger_domain::party::PartyKind;
use verger_domain::trust::{Brakes, Rules, limit};
use verger_store::Reader;

use super::summary::{percent, yuan};

/// Households by level, and their loans.
#[derive(Debug, Default, Serialize)]
pub(super) struct Lending {
    /// Households at each level of trust, from 0.
    levels: Vec<u64>,
    loans: u64,
    lent_minor: i64,
    /// Loans that are over, and how many of them were paid in time.
    loans_ended: (u64, u64),
    owed_minor: i64,
    par30_minor: i64,
    #[serde(skip)]
    portfolio: Portfolio,
}

impl Lending {
    /// So many loans were drawn, over so much.
    pub(super) fn drawn(loans: u64, lent_minor: i64) -> Self {
        Self { loans, lent_minor, ..Self::default() }
    }

    /// Adds the households and loans of a village, as of its last record.
    pub(super) fn add(
        &mut self,
        reader: &mut Reader,
        (cell, village): (CellId, VillageId),
    ) -> anyhow::Result<()> {
        let policy = reader.policy_in_force(cell, village)?;
        let policy = policy.ok_or_else(|| anyhow::anyhow!("village {village} has no policy"))?;
        let (rules, matrix) = (Rules::of(&policy), Matrix::of(&policy.credit));
        let zone = Calendar::new(&policy.programme.time_zone)?;
        let today = zone.at(reader.head(cell)?.at).today;
        let most = policy.trust.levels.len().saturating_add(1).max(self.levels.len());
        self.levels.resize(most, 0);
        let rows: BTreeMap<_, _> = reader.trust_of_village(cell, village)?.into_iter().collect();
        for party in reader.parties_of_village(cell, village)? {
            if party.kind != PartyKind::Household {
                continue;
            }
            let member = rows.get(&party.id).map(|row| row.member.clone()).unwrap_or_default();
            let limit = limit(&rules, &member, today, Brakes::default());
            if let Some(count) = self.levels.get_mut(usize::from(limit.level)) {
                *count = count.saturating_add(1);
            }
        }
        reader.each_loan(cell, Some(village), &mut |_, tranche| {
            self.portfolio.add(tranche, today, &matrix);
        })?;
        self.loans_ended = self.portfolio.ended;
        self.owed_minor = self.portfolio.all.olb_minor;
        self.par30_minor = self.portfolio.all.par30_minor;
        Ok(())
    }

    /// The part of a summary about trust and credit.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let levels: Vec<String> = self.levels.iter().map(u64::to_string).collect();
        let (ended, in_time) = self.loans_ended;
        let at_risk = percent(self.par30_minor, self.owed_minor);
        vec![
            ("households at levels 0 to 5", levels.join(", ")),
            (
                "lent without collateral",
                format!("{} in {} loans", yuan(self.lent_minor), self.loans),
            ),
            ("  paid back, in time", format!("{ended}, {in_time}")),
            ("  still owed, at risk", format!("{}, {at_risk}", yuan(self.owed_minor))),
        ]
    }
}
