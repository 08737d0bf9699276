//! What a story left of trust and credit, read from the store. Owns the counting over villages; the
//! wording is with the summaries.

use std::collections::BTreeMap;

use verger_app::clock::Calendar;
use verger_domain::credit::portfolio::{Matrix, Report as Portfolio};
use verger_domain::id::{CellId, VillageId};
use verger_domain::party::PartyKind;
use verger_domain::trust::{Brakes, Rules, limit};
use verger_store::Reader;

/// Households by level, and their loans.
#[derive(Default)]
pub(super) struct Lending {
    /// Households at each level of trust, from 0.
    pub(super) levels: Vec<u64>,
    /// Their loans.
    pub(super) portfolio: Portfolio,
}

impl Lending {
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
        Ok(())
    }
}
