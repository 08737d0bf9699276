//! Which page is for whom: one row a route of the pages. The seat is checked against these rows, so
//! that a page without a row is nobody's. Which scope a route of the API needs stands in its
//! handler's signature, and `scopes` of the app's `Role` says who has which.

use axum::http::Method;
use verger_app::Role;

use crate::page::{ANSWERS, BOOKS, DECIDES, LOOKS, REPORTS, TRADE};

use Role::{Agent, Auditor, Carrier, Cooperative, Member, Operator, Programme, Supplier};

/// Who may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Everybody.
    Open,
    /// Who signed in as one of these.
    Seat(&'static [Role]),
}

/// One route of the pages.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The route as the router knows it.
    pub path: &'static str,
    /// Who may pass.
    pub gate: Gate,
}

const fn get(path: &'static str, gate: Gate) -> Row {
    Row { method: "GET", path, gate }
}

const fn post(path: &'static str, gate: Gate) -> Row {
    Row { method: "POST", path, gate }
}

const OPEN: Gate = Gate::Open;
const EVERYBODY: Gate = Gate::Seat(&Role::ALL);
const COUNTER: Gate = Gate::Seat(&[Agent]);
const VILLAGER: Gate = Gate::Seat(&[Member]);
const SUPPLIER: Gate = Gate::Seat(&[Supplier]);

/// Who reads complaints: the agent, too, who sells for families.
const COMPLAINTS: &[Role] = &[Operator, Auditor, Cooperative, Agent];

/// Every route of the pages.
pub const PAGES: &[Row] = &[
    get("/", OPEN),
    get("/{lang}", OPEN),
    get("/{lang}/", OPEN),
    get("/{lang}/v/{village}/books", OPEN),
    get("/{lang}/v/{village}/goods", OPEN),
    get("/{lang}/v/{village}/journal", OPEN),
    get("/{lang}/v/{village}/journal/{seq}", OPEN),
    get("/{lang}/v/{village}/people", OPEN),
    // The shop window: a guest has no account, the link of his order says what is his.
    get("/{lang}/v/{village}/shop", OPEN),
    get("/{lang}/v/{village}/shop/{good}", OPEN),
    get("/{lang}/v/{village}/shop/{good}/poster", OPEN),
    get("/{lang}/v/{village}/families/{family}", OPEN),
    get("/{lang}/v/{village}/boxes/{label}", OPEN),
    get("/{lang}/v/{village}/basket", OPEN),
    post("/{lang}/v/{village}/basket", OPEN),
    post("/{lang}/v/{village}/basket/order", OPEN),
    get("/{lang}/villages/{village}/orders/{order}", OPEN),
    post("/{lang}/villages/{village}/orders/{order}", OPEN),
    get("/{lang}/villages/{village}/orders/{order}/claim", OPEN),
    post("/{lang}/villages/{village}/orders/{order}/claim", OPEN),
    get("/{lang}/villages/{village}/orders/{order}/pay", OPEN),
    post("/{lang}/villages/{village}/orders/{order}/pay", OPEN),
    get("/v/{village}/pictures/{digest}/{size}", OPEN),
    get("/v/{village}/shop/{good}/card.jpg", OPEN),
    get("/art/{name}", OPEN),
    get("/g/{village}/{good}", OPEN),
    get("/l/{village}/{lot}", OPEN),
    get("/sitemap.xml", OPEN),
    get("/robots.txt", OPEN),
    get("/{lang}/v/{village}/season", OPEN),
    get("/{lang}/sign-in", OPEN),
    post("/{lang}/sign-in", OPEN),
    post("/{lang}/sign-out", OPEN),
    get("/{lang}/card/{card}", OPEN),
    get("/{lang}/session", EVERYBODY),
    get("/{lang}/session/pin", EVERYBODY),
    post("/{lang}/session/pin", EVERYBODY),
    get("/{lang}/counter", COUNTER),
    get("/{lang}/counter/buy", COUNTER),
    post("/{lang}/counter/buy", COUNTER),
    get("/{lang}/counter/basket", COUNTER),
    post("/{lang}/counter/basket", COUNTER),
    get("/{lang}/counter/cash", COUNTER),
    post("/{lang}/counter/cash", COUNTER),
    get("/{lang}/counter/sell", COUNTER),
    get("/{lang}/counter/sell/{order}", COUNTER),
    post("/{lang}/counter/sell/{order}", COUNTER),
    get("/{lang}/counter/offer", COUNTER),
    post("/{lang}/counter/offer", COUNTER),
    get("/{lang}/counter/weigh", COUNTER),
    post("/{lang}/counter/weigh", COUNTER),
    get("/{lang}/counter/parcels", COUNTER),
    post("/{lang}/counter/parcels", COUNTER),
    get("/{lang}/counter/day", COUNTER),
    post("/{lang}/counter/day", COUNTER),
    get("/{lang}/counter/credit", COUNTER),
    post("/{lang}/counter/credit", COUNTER),
    get("/{lang}/counter/members", COUNTER),
    get("/{lang}/counter/slip/{seq}", COUNTER),
    get("/{lang}/supply", SUPPLIER),
    post("/{lang}/supply", SUPPLIER),
    get("/{lang}/supply/account", SUPPLIER),
    get("/{lang}/supply/{order}", SUPPLIER),
    post("/{lang}/supply/{order}", SUPPLIER),
    get("/{lang}/console", Gate::Seat(LOOKS)),
    get("/{lang}/console/orders", Gate::Seat(TRADE)),
    get("/{lang}/console/orders/{order}", Gate::Seat(TRADE)),
    get("/{lang}/console/parcels", Gate::Seat(TRADE)),
    get("/{lang}/console/pools", Gate::Seat(TRADE)),
    get("/{lang}/console/pools/{pool}", Gate::Seat(TRADE)),
    get("/{lang}/console/counters", Gate::Seat(BOOKS)),
    get("/{lang}/console/loans", Gate::Seat(BOOKS)),
    get("/{lang}/console/loans/{household}", Gate::Seat(BOOKS)),
    get("/{lang}/console/trust", Gate::Seat(BOOKS)),
    get("/{lang}/console/trust/{household}", Gate::Seat(BOOKS)),
    get("/{lang}/console/ledger", Gate::Seat(BOOKS)),
    get("/{lang}/console/ledger/{code}", Gate::Seat(BOOKS)),
    get("/{lang}/console/accounts/{account}", Gate::Seat(BOOKS)),
    get("/{lang}/console/reports", Gate::Seat(REPORTS)),
    get("/{lang}/console/reports/{name}", Gate::Seat(REPORTS)),
    get("/{lang}/console/users", Gate::Seat(BOOKS)),
    post("/{lang}/console/users", Gate::Seat(DECIDES)),
    get("/{lang}/console/users/{party}", Gate::Seat(BOOKS)),
    post("/{lang}/console/users/{party}", Gate::Seat(DECIDES)),
    get("/{lang}/console/policy", Gate::Seat(BOOKS)),
    post("/{lang}/console/policy", Gate::Seat(DECIDES)),
    get("/{lang}/console/disputes/{dispute}", Gate::Seat(COMPLAINTS)),
    post("/{lang}/console/disputes/{dispute}", Gate::Seat(&[Operator, Cooperative, Agent])),
    get("/{lang}/console/listings/{listing}", Gate::Seat(TRADE)),
    post("/{lang}/console/listings/{listing}", Gate::Seat(ANSWERS)),
    get("/{lang}/console/tills/{till}", Gate::Seat(BOOKS)),
    post("/{lang}/console/tills/{till}", Gate::Seat(DECIDES)),
    get("/{lang}/counter/turn/{party}", COUNTER),
    post("/{lang}/counter/turn/{party}", COUNTER),
    get("/{lang}/me", VILLAGER),
    get("/{lang}/me/orders", VILLAGER),
    get("/{lang}/me/orders/{order}", VILLAGER),
    post("/{lang}/me/orders/{order}", VILLAGER),
    get("/{lang}/me/sales", VILLAGER),
    get("/{lang}/me/pools", VILLAGER),
    get("/{lang}/me/pools/{pool}", VILLAGER),
    get("/{lang}/me/account", VILLAGER),
    get("/{lang}/me/credit", VILLAGER),
    post("/{lang}/me/credit", VILLAGER),
    get("/{lang}/me/trust", VILLAGER),
];

/// The row of a route, if it has one.
pub(crate) fn gate_of(method: &Method, path: &str) -> Option<Gate> {
    // A browser asks for the head of a page as for the page.
    let name = if *method == Method::HEAD { "GET" } else { method.as_str() };
    PAGES.iter().find(|row| row.method == name && row.path == path).map(|row| row.gate)
}

/// Where somebody begins after signing in.
pub(crate) const fn home_of(role: Role) -> &'static str {
    match role {
        Agent => "counter",
        Member => "me",
        Cooperative | Operator | Auditor | Programme => "console",
        Supplier => "supply",
        Carrier => "session",
    }
}
