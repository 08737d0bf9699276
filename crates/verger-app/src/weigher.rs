//! The batch of weights, once a night for each village. Owns what is read for it and the window it
//! runs over; the fixed point is the domain's, and the weights come into force by a command.

use std::collections::{BTreeMap, BTreeSet};

use verger_domain::codec;
use verger_domain::id::{CommandId, PartyId, VillageId};
use verger_domain::party::{Party, PartyKind};
use verger_domain::policy::Policy;
use verger_domain::time::Date;
use verger_domain::trust::weights::{Network, Role};
use verger_domain::trust::{BatchRow, NodeWeight, TrustCommand, TrustRow, WeightBatch};
use verger_domain::{Actor, Body, Command};
use verger_store::{Payment, StoreError};

use crate::App;
use crate::crew;
use crate::error::AppError;

/// Weighs villages, and remembers the payments it has seen: a later night reads what came since and
/// never the whole year again.
#[derive(Debug, Default)]
pub struct Weigher {
    villages: BTreeMap<VillageId, Seen>,
}

/// A village's payments so far.
#[derive(Debug, Default)]
struct Seen {
    seq: u64,
    network: Network<PartyId>,
}

/// What is read for a batch.
struct Rows {
    policy: Policy,
    parties: Vec<Party>,
    trust: BTreeMap<PartyId, TrustRow>,
    payments: Vec<Payment>,
    last: Option<BatchRow>,
}

impl Weigher {
    /// Runs the batch of every village that has none up to yesterday. A village whose batch fails
    /// keeps the last one's weights, and the others go on.
    pub fn run_due(&mut self, app: &App) {
        for village in app.villages().into_keys() {
            if let Err(error) = self.run(app, village) {
                tracing::error!(%village, %error, "the batch of weights waits for another try");
            }
        }
    }

    /// Runs the batch of a village over the 364 days that ended yesterday, unless it has one.
    /// Answers the batch that is in force, and whether it is new; none for a village younger than a
    /// day.
    ///
    /// # Errors
    /// When the store fails, or payments leave what the books can hold.
    pub fn run(
        &mut self,
        app: &App,
        village: VillageId,
    ) -> Result<Option<(BatchRow, bool)>, AppError> {
        let yesterday = app.now().today.days().saturating_sub(1);
        let Some(on) = Date::from_days(yesterday) else { return Ok(None) };
        let seen = self.villages.entry(village).or_default();
        let after = seen.seq;
        let rows = app.ask_blocking(village, move |reader, cell| {
            let Some(policy) = reader.policy_in_force(cell, village)? else { return Ok(None) };
            let parties = reader.parties_of_village(cell, village)?;
            let trust = reader.trust_of_village(cell, village)?.into_iter().collect();
            let payments = reader.trust_payments(cell, village, after)?;
            let last = reader.trust_batch(cell, village)?;
            Ok(Some(Rows { policy, parties, trust, payments, last }))
        });
        let Some(rows) = rows? else { return Ok(None) };
        if let Some(last) = rows.last.filter(|last| last.on >= on) {
            return Ok(Some((last, false)));
        }
        seen.take(&rows);
        let batch = seen.weigh(&rows, on)?;
        let row = BatchRow { number: batch.number, on, rounds: batch.rounds };
        let id = key(village, batch.number);
        let body = Body::Trust { command: TrustCommand::AdoptWeights { batch } };
        let command = Command { id, village, actor: Actor::Clock, body };
        app.submit_blocking(command)?.accepted()?;
        Ok(Some((row, true)))
    }
}

impl Seen {
    fn take(&mut self, rows: &Rows) {
        for party in &rows.parties {
            if let Some(role) = role(party, rows.trust.get(&party.id)) {
                self.network.set_role(&party.id, role);
            }
        }
        for payment in &rows.payments {
            let (both, minor) = ((&payment.payer, &payment.payee), payment.amount_minor);
            if minor >= 0 {
                self.network.settle(payment.on.days(), both, minor);
            } else {
                self.network.revoke(payment.on.days(), both, minor.saturating_neg());
            }
            self.seq = self.seq.max(payment.seq);
        }
    }

    fn weigh(&mut self, rows: &Rows, on: Date) -> Result<WeightBatch, AppError> {
        let rules = rows.policy.trust.weight_rules(rows.policy.programme.unit_minor);
        let found = self.network.batch(on.days(), &rules, &crew::all_processors());
        let found = found
            .map_err(|error| StoreError::Decode { table: "trust_line", what: error.to_string() })?;
        let here: BTreeSet<PartyId> = rows.parties.iter().map(|party| party.id).collect();
        let mut weights: BTreeMap<PartyId, NodeWeight> = BTreeMap::new();
        for (party, standing) in found.standings.into_iter().filter(|(id, _)| here.contains(id)) {
            let (weight, backed_share) = (standing.weight, standing.backed_share);
            let backed_minor = standing.backed_minor;
            weights.insert(party, NodeWeight { backed_minor, backed_share, weight });
        }
        // Whom the window has forgotten: a buyer is a stranger again, a household backs nobody.
        for party in &rows.parties {
            let was_weighed = rows.trust.get(&party.id).is_some_and(|row| row.batch > 0);
            if was_weighed && !weights.contains_key(&party.id) {
                let weight = if party.kind == PartyKind::Buyer { rules.prior } else { 0 };
                weights.insert(party.id, NodeWeight { weight, ..NodeWeight::default() });
            }
        }
        let number = rows.last.map_or(0, |last| last.number).saturating_add(1);
        Ok(WeightBatch { number, on, rounds: found.rounds, weights })
    }
}

fn role(party: &Party, trust: Option<&TrustRow>) -> Option<Role> {
    match party.kind {
        PartyKind::Household | PartyKind::Member => Some(Role::Member),
        PartyKind::Supplier => Some(Role::Seed),
        PartyKind::Cooperative => Some(Role::Cooperative),
        PartyKind::Buyer if trust.is_some_and(|row| row.is_proven) => Some(Role::Seed),
        PartyKind::Buyer => Some(Role::Outside),
        PartyKind::Shop | PartyKind::Agent | PartyKind::Carrier | PartyKind::Staff => None,
    }
}

/// The batch's own key: a second try after a lost answer is the same command, or is refused.
fn key(village: VillageId, number: u32) -> CommandId {
    let mut bits = [0; 16];
    let name = format!("trust batch {village} {number}");
    bits.copy_from_slice(codec::sha256(name.as_bytes()).split_at(16).0);
    CommandId::from_bytes(bits)
}
