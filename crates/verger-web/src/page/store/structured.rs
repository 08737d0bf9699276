//! What a page of a good says to search engines: schema.org as JSON-LD. Owns the mapping; says nothing
//! that the page does not say to people.

use serde_json::{Value, json};
use verger_domain::market::ReturnClass;
use verger_domain::money::Money;
use verger_domain::party::Village;
use verger_domain::time::Date;

use super::{Good, Sale, place_name};
use crate::text::Lang;

/// A good as it is described.
pub(super) struct Said<'a> {
    pub(super) good: &'a Good,
    pub(super) lang: Lang,
    pub(super) village: &'a Village,
    /// Where the server is for the outside.
    pub(super) origin: &'a str,
    pub(super) today: Date,
}

/// The JSON-LD of a good, safe to stand in a page: no `<` is left in it.
pub(super) fn product(said: &Said<'_>) -> String {
    let Said { good, lang, village, origin, today } = said;
    let listing = &good.listing;
    let plain = |minor| Money::new(minor, village.currency).to_string();
    let currency = village.currency.code();
    let address = format!("{origin}/{}/v/{}/shop/{}", lang.tag(), village.id, good.code());
    let availability = match good.sale(*today) {
        Sale::Now => "InStock",
        Sale::From(_) => "PreOrder",
        Sale::Over => "Discontinued",
        Sale::SoldOut => "SoldOut",
    };
    let mut offer = json!({
        "@type": "Offer",
        "url": address,
        "price": plain(listing.price_minor),
        "priceCurrency": currency,
        "availability": format!("https://schema.org/{availability}"),
        "itemCondition": "https://schema.org/NewCondition",
        "seller": {"@type": "Organization", "name": good.seller(*lang)},
        "shippingDetails": {
            "@type": "OfferShippingDetails",
            "shippingRate": {
                "@type": "MonetaryAmount",
                "value": plain(listing.text.freight_minor),
                "currency": currency,
            },
        },
        "hasMerchantReturnPolicy": returns(listing.text.class),
    });
    if let (Sale::From(day), Some(map)) = (good.sale(*today), offer.as_object_mut()) {
        map.insert("availabilityStarts".to_owned(), day.to_string().into());
    }
    let mut product = json!({
        "@context": "https://schema.org",
        "@type": "Product",
        "name": good.name(*lang),
        "sku": good.code(),
        "image": format!("{origin}/v/{}/shop/{}/card.jpg", village.id, good.code()),
        "brand": {"@type": "Brand", "name": place_name(*lang, village)},
        "offers": offer,
    });
    if let (Some(tenths), Some(map)) = (good.stars.mean_tenths(), product.as_object_mut()) {
        let rating = json!({
            "@type": "AggregateRating",
            "ratingValue": format!("{}.{}", tenths / 10, tenths % 10),
            "reviewCount": good.stars.count,
        });
        map.insert("aggregateRating".to_owned(), rating);
    }
    product.to_string().replace('<', "\\u003c")
}

/// What can be given back: delicate goods only when something is wrong with them.
fn returns(class: ReturnClass) -> Value {
    let (category, days) = if class.allows_change_of_mind() {
        ("MerchantReturnFiniteReturnWindow", Some(7))
    } else {
        ("MerchantReturnNotPermitted", None)
    };
    let mut policy = json!({
        "@type": "MerchantReturnPolicy",
        "applicableCountry": "CN",
        "returnPolicyCategory": format!("https://schema.org/{category}"),
    });
    if let (Some(days), Some(map)) = (days, policy.as_object_mut()) {
        map.insert("merchantReturnDays".to_owned(), days.into());
    }
    policy
}
