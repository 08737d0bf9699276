//! A catalogue on sale and people who trade, over HTTP. Owns the plain way from an order to the
//! money; tests do the unusual things.

use serde_json::{Value, json};
use verger_domain::id::{Id, Kind, ListingKind, OrderKind, ParcelKind};

use crate::rig::{Answer, TestApp};

/// The price of a box with its freight.
pub(crate) const BOX_MINOR: i64 = 4_990;

/// People with tokens, and what they sell.
pub(crate) struct Stage<'a> {
    pub(crate) rig: &'a TestApp,
    pub(crate) cooperative: String,
    pub(crate) supplier: String,
    pub(crate) carrier: String,
    pub(crate) member: String,
    /// A box of peaches at 39.90 and 10.00 of freight, for a pool; three are there.
    pub(crate) fruit: String,
    /// A sack of feed at 120.00, seven days to return it.
    pub(crate) feed: String,
}

/// A guest's order that stands in the shop window.
pub(crate) struct Bought {
    pub(crate) order: String,
    pub(crate) link: String,
    pub(crate) page: String,
}

impl<'a> Stage<'a> {
    pub(crate) fn new(rig: &'a TestApp) -> Self {
        let cast = &rig.cast;
        let stage = Self {
            cooperative: rig.token_of(cast.cooperative),
            supplier: rig.token_of(cast.supplier),
            carrier: rig.token_of(cast.carrier),
            member: rig.token_of(cast.members[0]),
            fruit: Self::id::<ListingKind>(rig),
            feed: Self::id::<ListingKind>(rig),
            rig,
        };
        let fruit = json!({
            "name": "湖景蜜桃", "name_latin": "Hujing peaches", "category": "fruit",
            "class": "perishable", "unit": "box 2.5 kg", "weight_g": 2_500, "freight_minor": 1_000,
            "packaging_minor": 450, "seller": "COOP", "photos": ["11".repeat(32)],
            "pool": "pool_00000000000000000000000000005001"
        });
        let draft = json!({"code": "box-hujing", "price_minor": 3_990, "stock": 3, "text": fruit});
        stage.put_on_sale(&stage.fruit, &rig.agent, &draft);
        let feed = json!({
            "name": "饲料", "name_latin": "Feed", "category": "feed", "class": "7d",
            "unit": "sack", "weight_g": 40_000, "seller": "S1", "photos": ["22".repeat(32)],
            "township_price_minor": 13_500
        });
        let draft = json!({"code": "feed-40", "price_minor": 12_000, "stock": null, "text": feed});
        stage.put_on_sale(&stage.feed, &stage.supplier, &draft);
        stage
    }

    fn id<K: Kind>(rig: &TestApp) -> String {
        let id: Id<K> = rig.app.new_id();
        id.to_string()
    }

    pub(crate) fn new_order(&self) -> String {
        Self::id::<OrderKind>(self.rig)
    }

    pub(crate) fn new_parcel(&self) -> String {
        Self::id::<ParcelKind>(self.rig)
    }

    fn put_on_sale(&self, listing: &str, author: &str, draft: &Value) {
        let path = format!("/listings/{listing}");
        let made = self.rig.post(author, &path, &json!({"draft": draft})).expect(201).json();
        assert_eq!((&made["phase"], &made["version"]), (&"draft".into(), &0.into()));
        let sent = self.rig.post(author, &path, &json!({"version": 0, "submit": {}})).expect(200);
        assert_eq!(sent.json()["version"], 1);
        let live = self.rig.post(&self.rig.staff, &path, &json!({"approve": {}})).expect(200);
        assert_eq!(live.json()["phase"], "live");
    }

    /// What a guest sends.
    pub(crate) fn guest(quantity: i64) -> Value {
        json!({
            "name": "陈静", "phone": "138", "address": "示例路 1 号", "pay_by": "online",
            "lines": [{"listing": "box-hujing", "quantity": quantity}]
        })
    }

    /// A guest orders one box.
    pub(crate) fn buy(&self) -> Bought {
        self.buy_as(&self.new_order())
    }

    pub(crate) fn buy_as(&self, order: &str) -> Bought {
        let path = format!("/shop/orders/{order}");
        let placed = self.rig.open_post(&path, &Self::guest(1), &self.rig.key()).expect(201).json();
        let text = |name: &str| placed["placed"][name].as_str().unwrap().to_owned();
        Bought { order: order.to_owned(), link: text("link"), page: text("page") }
    }

    /// What the processor tells of an order.
    pub(crate) fn payment(order: &str, payment: &str, amount_minor: i64) -> Value {
        json!({
            "payment": payment, "order": order, "amount_minor": amount_minor, "currency": "CNY"
        })
    }

    /// One command about an order.
    pub(crate) fn order(&self, token: &str, order: &str, command: &Value) -> Answer {
        self.rig.post(token, &format!("/orders/{order}"), command)
    }

    /// One command about a parcel.
    pub(crate) fn parcel(&self, token: &str, parcel: &str, command: &Value) -> Answer {
        self.rig.post(token, &format!("/parcels/{parcel}"), command)
    }

    /// A change of hands, scanned by both.
    pub(crate) fn hand_over(&self, parcel: &str, from: (&str, &str), to: (&str, &str)) {
        self.parcel(from.0, parcel, &json!({"give": {"taker": to.1}})).expect(200);
        let take = json!({"take": {"giver": from.1, "taker": to.1}});
        self.parcel(to.0, parcel, &take).expect(200);
    }

    /// From the order in the window to the box at the buyer's.
    pub(crate) fn deliver(&self, order: &str) -> String {
        self.rig.tell(&Self::payment(order, &format!("pay {order}"), BOX_MINOR)).expect(200);
        self.order(&self.cooperative, order, &json!({"accept": {}})).expect(200);
        let parcel = self.new_parcel();
        let label = format!("K-{}", &parcel[30..]);
        let contents = json!([{"maker": "H001", "lot": "L0001", "grams": 2_510}]);
        let packed =
            json!({"parcel": parcel, "label": label, "weight_g": 2_900, "contents": contents});
        let pack = json!({"pack": {"boxes": [packed]}});
        self.order(&self.cooperative, order, &pack).expect(200);
        self.hand_over(&parcel, (&self.cooperative, "COOP"), (&self.carrier, "C1"));
        let done = self.parcel(&self.carrier, &parcel, &json!({"deliver": {}})).expect(200);
        assert_eq!(done.json()["phase"], "delivered");
        parcel
    }
}
