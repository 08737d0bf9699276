//! The market over the API: one address for each subject, one body for each command. Owns the forms
//! that all subjects share; the rules are the domain's.

mod agents;
mod answer;
pub(crate) mod cooperative;
mod disputes;
mod groups;
pub(crate) mod listings;
pub(crate) mod orders;
mod parcels;
pub(crate) mod payments;
pub(crate) mod proof;
pub(crate) mod shop;
mod tills;
mod trips;

use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verger_domain::codec;
use verger_domain::id::{Id, Kind};
use verger_domain::market::listing::Photo;
use verger_domain::party::CodeOf;
use verger_domain::time::Date;

use crate::Web;
use crate::fault::Fault;
use crate::input::{Desk, page_size};

/// The market's routes with their description.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(listings::list))
        .routes(routes!(listings::one, listings::act))
        .routes(routes!(orders::list, orders::act_on_all))
        .routes(routes!(orders::one, orders::act))
        .routes(routes!(orders::split))
        .routes(routes!(shop::place))
        .routes(routes!(payments::receive))
        .routes(routes!(payments::settle))
        .routes(routes!(payments::pay_out))
        .routes(routes!(parcels::list))
        .routes(routes!(parcels::one, parcels::act))
        .routes(routes!(parcels::code))
        .routes(routes!(trips::list))
        .routes(routes!(trips::one, trips::act))
        .routes(routes!(disputes::list))
        .routes(routes!(disputes::one, disputes::act))
        .routes(routes!(groups::list))
        .routes(routes!(groups::one, groups::act))
        .routes(routes!(tills::list))
        .routes(routes!(tills::one, tills::act))
        .routes(routes!(agents::certify))
        .merge(cooperative::routes())
}

/// Declares the body of a subject's commands: an object with `version` and exactly one command. A
/// struct of options and not an enum, so that a wrong field inside is named by its whole path.
macro_rules! asks {
    ($(#[$doc:meta])* $ask:ident => $wish:ident {
        $($(#[$field_doc:meta])* $field:ident $variant:ident($of:ty),)*
    }) => {
        #[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$doc])*
        pub(crate) struct $ask {
            /// The version it was seen in; any when absent.
            version: Option<u32>,
            $($(#[$field_doc])* $field: Option<$of>,)*
        }

        /// The one command that was asked.
        enum $wish {
            $($variant($of),)*
        }

        impl $ask {
            /// The version and the one command.
            fn chosen(self) -> Result<(Option<u32>, $wish), crate::fault::Fault> {
                let mut wishes = Vec::new();
                $(wishes.extend(self.$field.map($wish::$variant));)*
                match (wishes.pop(), wishes.is_empty()) {
                    (Some(wish), true) => Ok((self.version, wish)),
                    _ => Err(crate::fault::Fault::field("body", "one_command")),
                }
            }
        }
    };
}
use asks;

/// Declares the words that a field takes, and what they mean in the domain.
macro_rules! words {
    ($(#[$doc:meta])* $word:ident => $of:ident { $($(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, utoipa::ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum $word {
            $($(#[$variant_doc])* $variant,)*
        }

        impl From<$word> for $of {
            fn from(word: $word) -> Self {
                match word {
                    $($word::$variant => Self::$variant,)*
                }
            }
        }
    };
}
use words;

/// A command that needs nothing but its name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nothing {}

/// A command with its reason.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// Why, in at most 500 characters.
    reason: String,
}

/// Which of a village's subjects to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PhaseQuery {
    /// Only this phase; all that are not over when absent.
    phase: Option<String>,
    /// How many items at most, 1 to 200; 50 when absent. Oldest first.
    limit: Option<u32>,
}

impl PhaseQuery {
    /// The phases to look for and the most items, given all phases and whether each is an end.
    fn wanted(
        &self,
        phases: impl IntoIterator<Item = (&'static str, bool)>,
    ) -> Result<(Vec<&'static str>, u32), Fault> {
        let is_wanted = |(name, is_end): &(&'static str, bool)| match &self.phase {
            Some(phase) => phase == name,
            None => !is_end,
        };
        let wanted: Vec<_> = phases.into_iter().filter(is_wanted).map(|(name, _)| name).collect();
        if wanted.is_empty() {
            return Err(Fault::field("phase", "phase"));
        }
        Ok((wanted, page_size(self.limit)?))
    }
}

/// The id in the address that names the route's subject.
fn subject<S, K: Kind>(desk: &Desk<S>, name: &'static str) -> Result<Id<K>, Fault> {
    desk.param(name).parse().map_err(|_| Fault::not_found(name))
}

/// The subject of the village that an id or a code stands for. An id costs no look-up.
async fn wished<S, K: Kind>(
    desk: &Desk<S>,
    (noun, name): (CodeOf, &'static str),
    text: &str,
) -> Result<Id<K>, Fault> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found = crate::input::coded(desk.app(), (desk.village, noun), text).await?;
    found.map(Id::from_bits).ok_or_else(|| Fault::not_found(name))
}

/// An id in a field of the request.
fn id<K: Kind>(field: &str, text: &str) -> Result<Id<K>, Fault> {
    text.parse().map_err(|_| Fault::field(field, "id"))
}

/// A picture, a recording or a document, by the hexadecimal SHA-256 of its bytes.
pub(crate) fn digest(field: &str, text: &str) -> Result<Photo, Fault> {
    codec::hash_from_hex(text).map(Photo).ok_or_else(|| Fault::field(field, "digest"))
}

fn digests(field: &str, texts: &[String]) -> Result<Vec<Photo>, Fault> {
    let numbered = texts.iter().enumerate();
    numbered.map(|(index, text)| digest(&format!("{field}[{index}]"), text)).collect()
}

pub(crate) fn day(field: &str, text: &str) -> Result<Date, Fault> {
    text.parse().map_err(|_| Fault::field(field, "date"))
}

fn hex(photos: &[Photo]) -> Vec<String> {
    photos.iter().map(|photo| codec::to_hex(&photo.0)).collect()
}
