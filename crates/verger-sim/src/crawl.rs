//! Walks a site as somebody who follows every link: each kind of page is opened, and what does not
//! answer is told. Owns which addresses are of one kind; must not judge what a page looks like.

use std::collections::{BTreeMap, VecDeque};

use crate::browser::{Browser, BrowserError};

/// A page that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Its path and query below the language.
    pub address: String,
    /// The page on which its link stood; empty for the first.
    pub from: String,
    /// The status of the answer.
    pub status: u64,
}

/// The addresses of the links of a page that stay here, and the status it came with.
const LINKS: &str = "JSON.stringify([performance.getEntriesByType('navigation')[0].responseStatus,
    [...document.querySelectorAll('a[href]')].filter(a => a.origin === location.origin
        && !a.hasAttribute('download')).map(a => a.pathname + a.search)])";

/// Opens the pages that can be reached from `start` in one language, at most `per_kind` of each kind:
/// addresses that differ only in numbers and codes are of one kind.
///
/// # Errors
/// When the browser fails; a page that answers with a refusal is a visit like every other.
pub fn walk(
    browser: &mut Browser,
    (base, tag): (&str, &str),
    start: &[&str],
    per_kind: usize,
) -> Result<Vec<Visit>, BrowserError> {
    let mut seen: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut ahead: VecDeque<(String, String)> = VecDeque::new();
    let mut visits = Vec::new();
    let within = format!("/{tag}/");
    let mut note = |ahead: &mut VecDeque<_>, address: &str, from: &str| {
        let known = seen.entry(kind(address)).or_default();
        if known.len() < per_kind && !known.iter().any(|other| other == address) {
            known.push(address.to_owned());
            ahead.push_back((address.to_owned(), from.to_owned()));
        }
    };
    for address in start {
        note(&mut ahead, address, "");
    }
    while let Some((address, from)) = ahead.pop_front() {
        browser.open(&format!("{base}{within}{address}"))?;
        let told = browser.evaluate(LINKS)?;
        let told: (u64, Vec<String>) =
            serde_json::from_str(told.as_str().unwrap_or_default()).unwrap_or_default();
        for link in &told.1 {
            if let Some(tail) = link.strip_prefix(&within).filter(|tail| is_page(tail)) {
                note(&mut ahead, tail, &address);
            }
        }
        visits.push(Visit { address, from, status: told.0 });
    }
    Ok(visits)
}

/// Exports are files, and signing out ends the walk.
fn is_page(tail: &str) -> bool {
    let path = tail.split('?').next().unwrap_or_default();
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    !is_file && !tail.contains("format=") && !path.ends_with("sign-out")
}

/// What is left of an address without its codes and numbers: the room, not what lies in it.
pub fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let is_code = |c: char| c.is_ascii_digit() || c == '_' || c.is_uppercase();
    let (mut rooms, mut before) = (Vec::new(), "");
    for segment in path.split('/') {
        // The code of a good is a word.
        let is_thing = before == "shop" || segment.contains(is_code);
        rooms.push(if is_thing { "*" } else { segment });
        before = segment;
    }
    let mut names: Vec<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    names.dedup();
    format!("{}?{}", rooms.join("/"), names.join("&"))
}

#[cfg(test)]
mod tests {
    use super::{is_page, kind};

    /// Goal: one order is as good as another, but not one room as another.
    #[test]
    fn kinds_are_rooms() {
        assert_eq!(kind("v/1/shop/bacon"), kind("v/2/shop/XK-03"));
        assert_ne!(kind("v/1/shop/bacon/poster"), kind("v/1/shop/bacon"));
        assert_eq!(
            kind("console/orders?phase=paid&after=7"),
            kind("console/orders?after=9&phase=x")
        );
        assert_ne!(kind("console/orders"), kind("console/loans"));
        assert_ne!(kind("console/orders?phase=paid"), kind("console/orders"));
    }

    /// Goal: files are no pages.
    #[test]
    fn files_are_no_pages() {
        assert!(is_page("console/reports/season?from=2026-06-01"));
        assert!(!is_page("console/reports/season.csv"));
        assert!(!is_page("console/reports/season?format=xlsx"));
    }
}
