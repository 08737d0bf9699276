//! What a page's form sends. Owns reading fields and amounts as people type them, and names the field
//! that is wrong; must not know what any field means.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use verger_domain::money::Currency;

use crate::fault::Fault;
use crate::input::{Key, read};

/// The fields of a form, each with all its values in their order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(BTreeMap<String, Vec<String>>);

impl<S: Sync> FromRequest<S> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let kind = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
        let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
        let bytes = read(request).await?;
        if !is_form && !bytes.is_empty() {
            return Err(Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_a_form"));
        }
        Ok(Self::parse(&bytes))
    }
}

impl Fields {
    fn parse(bytes: &[u8]) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = decoded(parts.next().unwrap_or_default());
            let value = decoded(parts.next().unwrap_or_default());
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    /// Fields that came another way.
    pub(crate) const fn from_values(values: BTreeMap<String, Vec<String>>) -> Self {
        Self(values)
    }

    /// A single field that came by the address instead of by a form.
    pub(crate) fn of(name: &str, value: &str) -> Self {
        Self(BTreeMap::from([(name.to_owned(), vec![value.to_owned()])]))
    }

    /// A field's text without the space around it; nothing where it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        let values = self.0.get(name);
        values.and_then(|values| values.first()).map_or("", |value| value.trim())
    }

    /// All values of a field.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The fields whose names begin so, by the rest of their names.
    pub(crate) fn each<'a>(&'a self, start: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let named = self.0.iter().filter_map(move |(name, values)| {
            Some((name.strip_prefix(start)?, values.first()?.trim()))
        });
        named.filter(|(_, value)| !value.is_empty())
    }

    /// A field that must not be empty.
    pub(crate) fn needed(&self, name: &str) -> Result<&str, Fault> {
        let text = self.text(name);
        if text.is_empty() { Err(Fault::field(name, "missing")) } else { Ok(text) }
    }

    /// The key that the page gave its form, so that a form sent twice is one wish.
    pub(crate) fn key(&self) -> Result<Key, Fault> {
        self.text("key").parse().map(Key).map_err(|_| Key::malformed())
    }

    /// An amount as people type it, in minor units.
    pub(crate) fn money(&self, name: &str, currency: Currency) -> Result<i64, Fault> {
        let text = self.needed(name)?;
        minor_of(text, currency).ok_or_else(|| Fault::field(name, "amount"))
    }

    /// A whole number.
    pub(crate) fn whole(&self, name: &str) -> Result<i64, Fault> {
        self.needed(name)?.parse().map_err(|_| Fault::field(name, "whole"))
    }
}

/// Reads `12`, `12.5`, `12,50`, `1 234.50`, `1,234.50` or `1.234,50`. What could be read in two ways,
/// such as `1,234`, is not read at all: money must not be a guess.
pub(crate) fn minor_of(text: &str, currency: Currency) -> Option<i64> {
    let places = usize::from(currency.exponent().unwrap_or(0));
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (whole, part) = match text.rfind(['.', ',']) {
        None => (text.as_str(), ""),
        Some(at) => {
            let (whole, part) = text.split_at(at);
            let part = part.get(1..).unwrap_or_default();
            if part.is_empty() || part.len() > places {
                return None;
            }
            (whole, part)
        }
    };
    let mut groups = whole.split(['.', ',']);
    let first = groups.next().unwrap_or_default();
    let is_grouped = groups.clone().next().is_some();
    if is_grouped && (first.len() > 3 || groups.clone().any(|group| group.len() != 3)) {
        return None;
    }
    let digits: String = std::iter::once(first).chain(groups).collect();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || !is_number(&digits) || !is_number(part) {
        return None;
    }
    format!("{digits}{part:0<places$}").parse().ok()
}

fn decoded(text: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(byte) = rest.next() {
        let hex = rest.as_slice().get(..2).and_then(|pair| std::str::from_utf8(pair).ok());
        let escaped = hex.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, escaped) {
            (b'+', _) => bytes.push(b' '),
            (b'%', Some(escaped)) => {
                bytes.push(escaped);
                rest.nth(1);
            }
            (byte, _) => bytes.push(*byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests;
