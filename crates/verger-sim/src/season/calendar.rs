//! When a season's boxes are wanted: how many orders of which variety on which day. Owns the shape
//! of demand; people and money are elsewhere.

use verger_domain::time::Date;

use crate::demo::DemoError;
use crate::demo::data::DemoVillage;

/// The day before the first order.
pub(super) const FIRST_DAY: &str = "2026-06-01";
/// The last day that is played: the late peaches are being sold, so that the shop is open.
pub(super) const LAST_DAY: &str = "2026-10-12";
/// The day of the hail, in the middle of the main harvest.
pub(super) const HAIL_DAY: &str = "2026-08-19";

/// One variety that is sold in boxes.
#[derive(Debug)]
pub(super) struct Crop {
    pub(super) variety: String,
    pub(super) from: Date,
    pub(super) to: Date,
    /// How much its boxes are wanted beside the other crops.
    pub(super) weight: u64,
    /// The floor price of a kilogram of grade A, in minor units.
    pub(super) floor_minor_per_kg: i64,
    /// A box with its freight, in minor units.
    pub(super) box_minor: i64,
}

/// The crops of the demo village, in the order of their harvest.
pub(super) fn crops(demo: &DemoVillage) -> Result<Vec<Crop>, DemoError> {
    let mut crops = Vec::new();
    for window in &demo.season {
        let Some(variety) = demo.varieties.iter().find(|v| v.id == window.variety) else {
            return Err(DemoError::Data(format!("there is no variety {}", window.variety)));
        };
        if !variety.parcel_ok {
            continue;
        }
        let floor = variety.farmgate_fen_per_kg.get(&verger_domain::market::lot::Grade::A);
        crops.push(Crop {
            variety: variety.id.clone(),
            from: day(&window.from)?,
            to: day(&window.to)?,
            weight: u64::try_from(window.expected_kg).unwrap_or(0),
            floor_minor_per_kg: floor.copied().unwrap_or(0),
            box_minor: variety.box_price_fen.saturating_add(crate::demo::BOX_FREIGHT_FEN),
        });
    }
    Ok(crops)
}

/// A day by its text.
pub(crate) fn day(text: &str) -> Result<Date, DemoError> {
    text.parse().map_err(|_| DemoError::Data(format!("the day {text}")))
}

/// The day so many days later.
pub(crate) fn later(day: Date, days: i32) -> Date {
    Date::from_days(day.days().saturating_add(days)).unwrap_or(day)
}

/// How much of a crop's demand falls on a day: it grows to the middle of the window and ebbs.
fn share(crop: &Crop, day: Date) -> u64 {
    if day < crop.from || day > crop.to {
        return 0;
    }
    let (since, left) = (day.days_since(crop.from), crop.to.days_since(day));
    u64::try_from(since.min(left).saturating_add(2)).unwrap_or(0)
}

/// How many of `total` orders fall on each day for each crop. The sums are exact: what rounding
/// leaves over goes to the next day.
pub(super) fn plan(crops: &[Crop], days: &[Date], total: u64) -> Vec<Vec<u64>> {
    let whole = |crop: &Crop| -> u64 {
        let span = crop.from.days()..=crop.to.days();
        span.filter_map(Date::from_days).map(|day| share(crop, day)).sum()
    };
    // Weights per crop and day in one scale, so that a window that is cut off is not crowded.
    let weight = |crop: &Crop, day| {
        let scaled = u128::from(crop.weight).saturating_mul(u128::from(share(crop, day)));
        scaled.saturating_mul(1_000).checked_div(u128::from(whole(crop))).unwrap_or(0)
    };
    let weights: Vec<Vec<u128>> =
        days.iter().map(|day| crops.iter().map(|crop| weight(crop, *day)).collect()).collect();
    let sum: u128 = weights.iter().flatten().sum();
    let (mut seen, mut given) = (0_u128, 0_u64);
    let mut next = |weight: &u128| {
        seen = seen.saturating_add(*weight);
        let due = u128::from(total).saturating_mul(seen).checked_div(sum).unwrap_or(0);
        let due = u64::try_from(due).unwrap_or(u64::MAX);
        let count = due.saturating_sub(given);
        given = due;
        count
    };
    weights.iter().map(|day| day.iter().map(&mut next).collect()).collect()
}

/// So many orders, spread evenly over so many days; the sum is exact.
pub(super) fn spread(total: u64, days: usize) -> impl Iterator<Item = u64> {
    let count = u64::try_from(days).unwrap_or(u64::MAX);
    let by = move |day: u64| total.saturating_mul(day).checked_div(count).unwrap_or(0);
    (0..count).map(move |day| by(day.saturating_add(1)).saturating_sub(by(day)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the plan has exactly as many orders as are wanted, none outside its window.
    /// Method: the demo's crops over the played days, for a few totals.
    #[test]
    fn plans_sum_exactly() {
        let crops = crops(&DemoVillage::shipped().unwrap()).unwrap();
        let (first, last) = (day(FIRST_DAY).unwrap(), day(LAST_DAY).unwrap());
        let days: Vec<Date> = (0..=last.days_since(first)).map(|n| later(first, n)).collect();
        for total in [0, 1, 999, 16_000] {
            let plan = plan(&crops, &days, total);
            assert_eq!(plan.iter().flatten().sum::<u64>(), total);
            for (day, counts) in days.iter().zip(&plan) {
                for (crop, count) in crops.iter().zip(counts) {
                    let is_open = (crop.from..=crop.to).contains(day);
                    assert!(is_open || *count == 0, "{} on {day}", crop.variety);
                }
            }
            assert_eq!(spread(total, 134).sum::<u64>(), total);
            assert_eq!(spread(total, 134).count(), 134);
        }
    }
}
