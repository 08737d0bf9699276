//! Where a price goes, as bars: the same for a good before it is bought and for an order.

use verger_app::Split;
use verger_domain::money::Currency;

use crate::text::Lang;

/// One part of a price; `width` of 1000.
pub(in crate::page) struct Bar {
    pub(in crate::page) name: String,
    pub(in crate::page) amount: String,
    pub(in crate::page) share: String,
    pub(in crate::page) width: i64,
}

/// The sentence above the bars of an order.
pub(super) fn state(split: &Split) -> &'static str {
    match (split.of_minor, split.is_settled, split.is_paid) {
        (0, _, _) => "split-void",
        (_, true, _) => "split-settled",
        (_, _, true) => "split-held",
        _ => "split-unpaid",
    }
}

/// The parts of an order that are not nothing.
pub(in crate::page) fn bars(lang: Lang, split: &Split, currency: Currency) -> Vec<Bar> {
    let parts = split.parts().map(|(part, minor)| match part {
        "seller" => (format!("split-seller-{}", split.seller.name()), minor),
        part => (format!("split-{part}"), minor),
    });
    parts_of(lang, currency, split.of_minor, &parts)
}

/// Named parts of a sum that are not nothing: the key of each one's text, and its amount.
pub(in crate::page) fn parts_of(
    lang: Lang,
    currency: Currency,
    of_minor: i64,
    parts: &[(String, i64)],
) -> Vec<Bar> {
    let of = |minor: i64, whole: i64| {
        // In 128 bits: an order's money times a million does not fit in 64.
        let share = i128::from(minor) * i128::from(whole) / i128::from(of_minor.max(1));
        i64::try_from(share).unwrap_or(0)
    };
    let bar = |(key, minor): &(String, i64)| Bar {
        name: lang.t(key),
        amount: lang.money(*minor, currency),
        share: lang.percent(of(*minor, 1_000_000)),
        width: of(*minor, 1_000),
    };
    parts.iter().filter(|(_, minor)| *minor > 0).map(bar).collect()
}
