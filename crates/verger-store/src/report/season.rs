//! How a season went, in sums over the typed columns of the orders. Owns what is counted; reads no
//! document.

use verger_domain::market::Flow;
use verger_domain::time::Instant;

use super::{Place, Result};
use crate::reader::Reader;
use crate::table::{Fields, Row};

/// What the orders that were placed in a span have come to so far.
///
/// An order counts where it was placed, with what has become of it until now. Of completed orders
/// `goods + freight - refunded` is what the shares below and the carriers' freight sum to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeasonSums {
    /// Orders that were placed or requested.
    pub placed: i64,
    /// Those of which all money went where it belongs.
    pub completed: i64,
    /// Those of which all money went back.
    pub refunded: i64,
    /// Those that ended before money was in escrow, or were called off.
    pub called_off: i64,
    /// The price of the goods of completed orders, before refunds.
    pub goods_minor: i64,
    /// The freight of completed orders, before refunds.
    pub freight_minor: i64,
    /// What went back to buyers, of all orders.
    pub refunded_minor: i64,
    /// What the platform got.
    pub platform_minor: i64,
    /// What agents got, less what was taken back.
    pub commission_minor: i64,
    /// What the cooperative got as its fee.
    pub cooperative_minor: i64,
    /// What was paid for box and foam.
    pub packaging_minor: i64,
    /// What the sellers got: of sales the members and their pools, of purchases the suppliers.
    pub rest_minor: i64,
    /// What completed purchases cost less than in the township.
    pub saved_minor: i64,
}

impl SeasonSums {
    /// The mean price of the goods of a completed order, rounded down; none without orders.
    pub fn mean_goods_minor(&self) -> Option<i64> {
        self.goods_minor.checked_div(self.completed)
    }

    /// These and those together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let sum = i64::saturating_add;
        Self {
            placed: sum(self.placed, other.placed),
            completed: sum(self.completed, other.completed),
            refunded: sum(self.refunded, other.refunded),
            called_off: sum(self.called_off, other.called_off),
            goods_minor: sum(self.goods_minor, other.goods_minor),
            freight_minor: sum(self.freight_minor, other.freight_minor),
            refunded_minor: sum(self.refunded_minor, other.refunded_minor),
            platform_minor: sum(self.platform_minor, other.platform_minor),
            commission_minor: sum(self.commission_minor, other.commission_minor),
            cooperative_minor: sum(self.cooperative_minor, other.cooperative_minor),
            packaging_minor: sum(self.packaging_minor, other.packaging_minor),
            rest_minor: sum(self.rest_minor, other.rest_minor),
            saved_minor: sum(self.saved_minor, other.saved_minor),
        }
    }
}

/// One span of a season, such as a day or a week, in one direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeasonRow {
    /// The first moment of the span.
    pub from: Instant,
    /// Which way the orders go.
    pub flow: Flow,
    /// What they have come to.
    pub sums: SeasonSums,
}

// Everything stands in the index, in its order: no row and no document is touched, and each span is
// one stretch of it.
const SUMS: &str = "select count(*),
    cast(sum(case when phase = 'completed' then 1 else 0 end) as bigint),
    cast(sum(case when phase = 'refunded' then 1 else 0 end) as bigint),
    cast(sum(case when phase in ('expired', 'declined', 'cancelled') then 1 else 0 end) as bigint),
    cast(sum(case when phase = 'completed' then goods_minor else 0 end) as bigint),
    cast(sum(case when phase = 'completed' then freight_minor else 0 end) as bigint),
    cast(sum(refunded_minor) as bigint), cast(sum(platform_minor) as bigint),
    cast(sum(commission_minor) as bigint), cast(sum(cooperative_minor) as bigint),
    cast(sum(packaging_minor) as bigint), cast(sum(rest_minor) as bigint),
    cast(sum(case when phase = 'completed' then saved_minor else 0 end) as bigint)
    from market_order where cell_id = ?1 and village_id = ?2 and flow = ?3
    and placed_at >= ?4 and placed_at < ?5";

impl Reader {
    /// What was placed between each two of these moments, in their order, sales before purchases;
    /// spans without orders are left out. The caller knows where days and weeks begin.
    ///
    /// # Errors
    /// When the database fails.
    pub fn season(&mut self, place: Place, edges: &[Instant]) -> Result<Vec<SeasonRow>> {
        let mut rows = Vec::new();
        for (from, to) in edges.iter().zip(edges.iter().skip(1)) {
            for flow in [Flow::Sale, Flow::Purchase] {
                let own = vec![flow.name().into(), from.micros().into(), to.micros().into()];
                let found = self.rows_of(place, SUMS, own)?.into_iter().next();
                let sums = found.map(sums_from).transpose()?.unwrap_or_default();
                if sums.placed > 0 {
                    rows.push(SeasonRow { from: *from, flow, sums });
                }
            }
        }
        Ok(rows)
    }
}

fn sums_from(row: Row) -> Result<SeasonSums> {
    let mut f = Fields::new("market_order", row);
    let placed = f.int()?;
    // Sums over nothing are null.
    let mut next = || f.opt_int().map(Option::unwrap_or_default);
    Ok(SeasonSums {
        placed,
        completed: next()?,
        refunded: next()?,
        called_off: next()?,
        goods_minor: next()?,
        freight_minor: next()?,
        refunded_minor: next()?,
        platform_minor: next()?,
        commission_minor: next()?,
        cooperative_minor: next()?,
        packaging_minor: next()?,
        rest_minor: next()?,
        saved_minor: next()?,
    })
}
