//! How events of trust change its rows. Owns the calls of the index; must not decide what counts.

use super::State;
use crate::effect::Record;
use crate::id::{OrderId, PartyId, VillageId};
use crate::time::Date;
use crate::trust::{
    self, BatchRow, Counted, CountedRow, Line, LineRow, Operation, PairTrust, Rules, TrustEvent,
    TrustRow, Weight, WeightBatch,
};

/// What a line of points is about, beside its numbers.
#[derive(Clone, Copy)]
struct About {
    household: PartyId,
    batch: u32,
    counterparty: Option<PartyId>,
    kind: &'static str,
    order: Option<OrderId>,
}

impl State {
    /// What trust keeps of a party of whom a row was loaded, be it nothing.
    pub(crate) fn trust_row(&self, party: PartyId) -> TrustRow {
        self.trust.get(&party).map(|(_, row)| row.clone()).unwrap_or_default()
    }

    /// Whether something of an order counts for a household. The lines of the order are loaded
    /// where anything can be taken back; elsewhere nothing is known, and nothing asked.
    pub(crate) fn has_counted(&self, order: OrderId, household: PartyId) -> bool {
        let key = (order, household);
        self.trust_counted.is_loaded(&key) && self.trust_counted.get(&key).is_some()
    }

    pub(super) fn apply_trust(&mut self, record: &Record, party: PartyId, event: &TrustEvent) {
        let village = record.village;
        match event {
            TrustEvent::Counted { batch, counterparty, on, operation, order } => {
                let (batch, counterparty, order) = (*batch, *counterparty, *order);
                let kind = operation.name();
                let about = About { household: party, batch, counterparty, kind, order };
                self.apply_counted(record, about, *on, *operation);
            }
            TrustEvent::TakenBack { on, order, value_minor } => {
                self.apply_taken_back(record, party, *on, (*order, *value_minor));
            }
            TrustEvent::Paid { amount_minor, on, payer } => {
                let (counterparty, kind) = (Some(*payer), "paid");
                let about = About { household: party, batch: 0, counterparty, kind, order: None };
                let weight = Weight::default();
                let (before_minor, grains, pool, value_minor) = (0, 0, None, *amount_minor);
                let line = Line { before_minor, grains, on: *on, pool, value_minor, weight };
                self.push_line(record, about, line);
            }
            TrustEvent::FactConfirmed { fact, on, .. } => {
                let mut row = self.trust_row(party);
                row.facts.insert(*fact, *on);
                self.trust.put(party, (village, row));
            }
            TrustEvent::Proven => {
                let mut row = self.trust_row(party);
                row.is_proven = true;
                self.trust.put(party, (village, row));
            }
            TrustEvent::Barred { on, .. } => {
                let rules = Rules::of(self.policy(village));
                let mut row = self.trust_row(party);
                let on = later(&row, *on);
                trust::void(&rules, &mut row.member, on);
                row.is_proven = false;
                self.trust.put(party, (village, row));
            }
        }
    }

    /// The weights of a batch: they count for operations from now on, and say what backs a limit.
    pub(super) fn apply_weights(&mut self, village: VillageId, batch: &WeightBatch) {
        for (party, node) in &batch.weights {
            let mut row = self.trust_row(*party);
            row.batch = batch.number;
            row.node = *node;
            row.member.backing.weigh(node.backed_minor, batch.on);
            self.trust.put(*party, (village, row));
            self.appended.trust_weights.push((village, batch.number, *party, *node));
        }
        let row = BatchRow { number: batch.number, on: batch.on, rounds: batch.rounds };
        self.trust_batch.put(village, row);
    }

    fn apply_counted(&mut self, record: &Record, about: About, on: Date, operation: Operation) {
        let village = record.village;
        let rules = Rules::of(self.policy(village));
        let mut row = self.trust_row(about.household);
        let mut pair = about.counterparty.map(|with| self.pair(about.household, with));
        let mut nobody = PairTrust::default();
        let on = later(&row, on);
        let counted = trust::apply(
            &rules,
            &mut row.member,
            pair.as_mut().unwrap_or(&mut nobody),
            on,
            operation,
        );
        // A number below zero, which no rule of the market lets through, would count nothing.
        let Ok(line) = counted else { return };
        self.trust.put(about.household, (village, row));
        if let (Some(with), Some(pair)) = (about.counterparty, pair) {
            self.trust_pair.put((about.household, with), (village, pair));
            if let (Some(order), Some(counted)) = (about.order, Counted::of(&line)) {
                let counted = CountedRow { counterparty: with, counted };
                self.trust_counted.put((order, about.household), counted);
            }
        }
        self.push_line(record, about, line);
    }

    fn apply_taken_back(
        &mut self,
        record: &Record,
        household: PartyId,
        on: Date,
        (order, value_minor): (OrderId, i64),
    ) {
        let village = record.village;
        if !self.has_counted(order, household) {
            return;
        }
        let key = (order, household);
        let Some(mut counted) = self.trust_counted.get(&key).copied() else { return };
        let rules = Rules::of(self.policy(village));
        let (mut row, with) = (self.trust_row(household), counted.counterparty);
        let mut pair = self.pair(household, with);
        let on = later(&row, on);
        let both = (&mut row.member, &mut pair);
        let taken = trust::take_back(&rules, both, on, &mut counted.counted, value_minor);
        let Ok(line) = taken else { return };
        let batch = row.batch;
        self.trust.put(household, (village, row));
        self.trust_pair.put((household, with), (village, pair));
        self.trust_counted.put(key, counted);
        let (counterparty, order, kind) = (Some(with), Some(order), "taken_back");
        self.push_line(record, About { household, batch, counterparty, kind, order }, line);
    }

    fn pair(&self, household: PartyId, with: PartyId) -> PairTrust {
        self.trust_pair.get(&(household, with)).map(|(_, pair)| *pair).unwrap_or_default()
    }

    fn push_line(&mut self, record: &Record, about: About, line: Line) {
        let (village, seq) = (record.village, record.seq);
        let number = same_record(self.appended.trust_lines.iter().map(|row| row.seq), seq);
        let policy_version = self.village(village).policy_version;
        let About { household, batch, counterparty, kind, order } = about;
        self.appended.trust_lines.push(LineRow {
            household,
            seq,
            number,
            village,
            batch,
            counterparty,
            kind,
            line,
            order,
            policy_version,
        });
    }
}

/// A household's days never go back, also where a new policy names another time zone.
fn later(row: &TrustRow, on: Date) -> Date {
    row.member.seen_on.map_or(on, |seen_on| on.max(seen_on))
}

/// How many rows a record has added so far: they stand at the end.
fn same_record(seqs: impl DoubleEndedIterator<Item = u64>, seq: u64) -> u32 {
    let count = seqs.rev().take_while(|known| *known == seq).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}
