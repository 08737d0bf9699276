//! The basket: what a buyer has chosen, kept in a cookie on his own device. The server keeps nothing
//! of it, so that there is nothing to forget. Owns the cookie.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use verger_domain::id::VillageId;
use verger_domain::market::LINES_MAX;
use verger_domain::party::ShortCode;

use super::{checkout, see};
use crate::Web;
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::village_of;
use crate::page::lang_of;

/// How many pieces of one good a person buys here; whoever needs more calls the cooperative.
pub(super) const PIECES_MAX: u32 = 99;

/// How long a basket is kept, in seconds: a month.
const KEEP_SECONDS: u32 = 2_592_000;

/// What is in a basket: codes of listings and pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Basket(pub(super) BTreeMap<ShortCode, u32>);

impl Basket {
    /// The basket of a village that a browser brings.
    pub(super) fn read(headers: &HeaderMap, village: VillageId) -> Self {
        let name = format!("basket-{village}");
        let all = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            all.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(found, _)| found.trim() == name);
        Self::parse(found.map_or("", |(_, text)| text.trim()))
    }

    /// Reads `code*2~code*1`; what cannot be read is left out.
    pub(super) fn parse(text: &str) -> Self {
        let line = |line: &str| {
            let (code, pieces) = line.split_once('*')?;
            let pieces = pieces.parse().ok().filter(|pieces| (1..=PIECES_MAX).contains(pieces))?;
            Some((code.parse().ok()?, pieces))
        };
        Self(text.split('~').filter_map(line).take(LINES_MAX).collect())
    }

    /// As it stands in the cookie and in the form.
    pub(super) fn text(&self) -> String {
        let lines: Vec<String> = self.0.iter().map(|(code, n)| format!("{code}*{n}")).collect();
        lines.join("~")
    }

    /// How many pieces there are in all.
    pub(super) fn pieces(&self) -> i64 {
        self.0.values().map(|pieces| i64::from(*pieces)).sum()
    }

    /// Puts so many pieces of a good in; none takes it out.
    fn put(&mut self, code: ShortCode, pieces: u32) {
        if pieces == 0 {
            self.0.remove(&code);
        } else if self.0.len() < LINES_MAX || self.0.contains_key(&code) {
            self.0.insert(code, pieces.min(PIECES_MAX));
        }
    }

    /// Leaves the basket on the buyer's device.
    pub(super) fn keep(&self, village: VillageId, mut response: Response) -> Response {
        let seconds = if self.0.is_empty() { 0 } else { KEEP_SECONDS };
        let text = self.text();
        let cookie =
            format!("basket-{village}={text}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}");
        if let Ok(value) = HeaderValue::from_str(&cookie) {
            response.headers_mut().append(header::SET_COOKIE, value);
        }
        response
    }
}

/// `GET /{lang}/v/{village}/basket`: basket, address and payment on one page.
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let basket = Basket::read(&headers, id);
    let page = checkout::page(&web, (lang, id), &basket, &checkout::Typed::default()).await?;
    Ok(([(header::CACHE_CONTROL, "private, no-store")], page).into_response())
}

/// `POST /{lang}/v/{village}/basket`: `add=code` puts one more in, `set=code*n` sets how many there
/// are. Both lead to the basket or back to the shop.
pub(super) async fn change(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    web.app().cell_of(id)?;
    let mut basket = Basket::read(&headers, id);
    let (add, set) = (fields.text("add"), fields.text("set"));
    if let Ok(code) = add.parse::<ShortCode>() {
        let pieces = basket.0.get(&code).copied().unwrap_or(0);
        basket.put(code, pieces.saturating_add(1));
    } else if let Some((code, pieces)) = set.split_once('*') {
        let code = code.parse().map_err(|_| Fault::field("set", "short_code"))?;
        let pieces = pieces.parse().map_err(|_| Fault::field("set", "whole"))?;
        basket.put(code, pieces);
    }
    let place = if add.is_empty() { "basket" } else { "shop" };
    let next = see(&format!("/{}/v/{id}/{place}", lang.tag()));
    Ok(basket.keep(id, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a basket comes back as it was left, and what somebody made up is left out.
    /// Method: round trip; texts that no page writes.
    #[test]
    fn a_basket_comes_back() {
        let text = "box-hujing*2~honey_1*1";
        let basket = Basket::parse(text);
        assert_eq!((basket.text().as_str(), basket.pieces()), (text, 3));
        for odd in ["", "*", "a*0", "a*100", "a*-1", "a*x", "a b*1", "a;b*1", "a*1.5"] {
            assert_eq!(Basket::parse(odd), Basket::default(), "{odd}");
        }
        let long: Vec<String> = (0..100).map(|n| format!("c{n}*1")).collect();
        assert_eq!(Basket::parse(&long.join("~")).0.len(), LINES_MAX);
        let mut full = Basket::parse(&long.join("~"));
        full.put("new".parse().unwrap(), 1);
        assert_eq!(full.0.len(), LINES_MAX);
        let mut one = Basket::parse("a*1");
        one.put("a".parse().unwrap(), 1_000);
        assert_eq!(one.text(), "a*99");
        one.put("a".parse().unwrap(), 0);
        assert_eq!(one.text(), "");
    }
}
