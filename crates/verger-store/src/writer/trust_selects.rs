//! Which rows of trust commands read. Owns that list alone.

use verger_domain::Reads;
use verger_domain::id::PartyId;

use super::by_bits;
use crate::table::{self, Row, Table};

/// The rows of trust that commands read, by table and key.
pub(super) fn trust_selects(
    reads: &Reads,
) -> [(&'static Table, &'static [&'static str], Vec<Row>); 5] {
    use table::trust as t;
    let pair = |(a, b): &(PartyId, PartyId)| vec![a.bits().into(), b.bits().into()];
    let counted_with = by_bits(reads.counted_with.iter().map(|id| id.bits()));
    let batches = reads.trust_batches.iter().map(|v| vec![v.number().into()]).collect();
    [
        (&t::TRUST, &["party_id"], by_bits(reads.trust.iter().map(|id| id.bits()))),
        (&t::PAIR, &["household", "counterparty"], reads.trust_pairs.iter().map(pair).collect()),
        (&t::LINE, &["order_id"], by_bits(reads.trust_counted.iter().map(|id| id.bits()))),
        (&t::LINE, &["counterparty"], counted_with),
        (&t::BATCH, &["village_id"], batches),
    ]
}
