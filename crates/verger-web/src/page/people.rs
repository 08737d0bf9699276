//! Who lives in a village and who serves it: what the numbers of the first page are made of. Shows
//! firms by their names, of families the family name of those whose fruit is sold, and nobody else.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Html;
use serde::Deserialize;
use verger_app::{PartyFilter, PartyView, Reader, StoreError};
use verger_domain::id::{CellId, VillageId};
use verger_domain::party::PartyKind;

use super::store::family_name;
use super::{Frame, html, lang_of, shown_name};
use crate::Web;
use crate::fault::Fault;
use crate::input::{Asked, village_of};
use crate::text::Lang;

/// Families on one page.
const FAMILIES_SHOWN: u32 = 40;
/// Firms of a kind on the page; a village has some dozens.
const FIRMS_SHOWN: u32 = 100;
/// Who serves the village, in the order of the page.
const FIRMS: [PartyKind; 4] =
    [PartyKind::Shop, PartyKind::Cooperative, PartyKind::Supplier, PartyKind::Carrier];

/// What stands behind the question mark.
#[derive(Default, Deserialize)]
pub(super) struct PeopleQuery {
    /// The code of the family after which the list goes on.
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    f: Frame,
    css: &'static str,
    village: u32,
    homes: Vec<Home>,
    households: String,
    members: String,
    /// The families whose fruit is sold: the digits of their page's address, and their name.
    families: Vec<(String, String)>,
    /// Where the list of families goes on.
    next: Option<String>,
    firms: Vec<Firms>,
}

/// So many families have so many members.
struct Home {
    size: String,
    households: String,
    members: String,
}

/// The firms of one kind.
struct Firms {
    title: String,
    count: String,
    names: Vec<String>,
}

struct Facts {
    /// Of so many members so many households.
    sizes: BTreeMap<i64, i64>,
    families: Vec<PartyView>,
    firms: Vec<(PartyKind, Vec<PartyView>)>,
}

fn facts(
    reader: &mut Reader,
    (cell, village): (CellId, VillageId),
    after: &str,
) -> Result<Facts, StoreError> {
    let sizes = reader.household_sizes(cell, village)?;
    let families = reader.families_with_lots((cell, village), after, FAMILIES_SHOWN)?;
    let mut firms = Vec::new();
    for kind in FIRMS {
        let filter = PartyFilter { kind: Some(kind), ..PartyFilter::default() };
        firms.push((kind, reader.parties(cell, village, &filter, FIRMS_SHOWN)?));
    }
    Ok(Facts { sizes, families, firms })
}

/// `GET /{lang}/v/{village}/people`
pub(super) async fn show(
    State(web): State<Web>,
    Path((tag, number)): Path<(String, String)>,
    Asked(query): Asked<PeopleQuery>,
) -> Result<Html<String>, Fault> {
    let (lang, id) = (lang_of(&tag)?, village_of(&number)?);
    let village = web.village(id).await?;
    let after = query.after.unwrap_or_default();
    let found = web.app().ask(id, move |reader, cell| facts(reader, (cell, id), &after)).await?;
    let members = found.sizes.iter().map(|(size, homes)| size.saturating_mul(*homes)).sum();
    let family = |view: &PartyView| {
        (format!("{:032x}", view.party.id.bits()), family_name(lang, Some(view)))
    };
    let is_full = found.families.len() >= usize::try_from(FAMILIES_SHOWN).unwrap_or(usize::MAX);
    let last = found.families.last().filter(|_| is_full);
    html(&PeoplePage {
        f: Frame::of(&web, lang, &village, ("people-title", "people")),
        css: super::store::STYLE,
        village: id.number(),
        homes: found.sizes.iter().map(|(size, homes)| home(lang, *size, *homes)).collect(),
        households: lang.number(found.sizes.values().sum()),
        members: lang.number(members),
        next: last.map(|view| view.party.code.to_string()),
        families: found.families.iter().map(family).collect(),
        firms: found
            .firms
            .iter()
            .filter_map(|(kind, firms)| firms_of(lang, *kind, firms))
            .collect(),
    })
}

fn home(lang: Lang, size: i64, households: i64) -> Home {
    Home {
        size: lang.with("people-size", &[("count", size.into())]),
        households: lang.number(households),
        members: lang.number(size.saturating_mul(households)),
    }
}

fn firms_of(lang: Lang, kind: PartyKind, firms: &[PartyView]) -> Option<Firms> {
    (!firms.is_empty()).then(|| Firms {
        title: lang.t(&format!("people-{}", kind.name())),
        count: lang.number(i64::try_from(firms.len()).unwrap_or(i64::MAX)),
        names: firms.iter().map(|view| shown_name(lang, view)).collect(),
    })
}
