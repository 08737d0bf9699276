//! Pictures of goods: stored photos, and drawings where there is none. Owns their addresses.

use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use verger_app::PictureSize;
use verger_domain::codec::{hash_from_hex, to_hex};
use verger_domain::id::VillageId;
use verger_domain::market::listing::{ListingText, Photo};

use crate::Web;
use crate::fault::Fault;
use crate::input::village_of;

/// A picture is named by its content, a drawing by the program: neither ever changes.
const KEEP: (HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=31536000, immutable");

/// The drawings, by name.
const ART: [(&str, &str); 10] = [
    ("peach", include_str!("../../../assets/art/peach.svg")),
    ("honey", include_str!("../../../assets/art/honey.svg")),
    ("eggs", include_str!("../../../assets/art/eggs.svg")),
    ("tea", include_str!("../../../assets/art/tea.svg")),
    ("basket", include_str!("../../../assets/art/basket.svg")),
    ("jar", include_str!("../../../assets/art/jar.svg")),
    ("cloth", include_str!("../../../assets/art/cloth.svg")),
    ("hen", include_str!("../../../assets/art/hen.svg")),
    ("meat", include_str!("../../../assets/art/meat.svg")),
    ("box", include_str!("../../../assets/art/box.svg")),
];

/// Words of a good's kind and name, and the drawing that fits; the first that is found counts.
const WORDS: [(&str, &str); 22] = [
    ("bamboo", "basket"),
    ("basket", "basket"),
    ("straw", "basket"),
    ("brocade", "cloth"),
    ("embroider", "cloth"),
    ("honey", "honey"),
    ("egg", "eggs"),
    ("chick", "hen"),
    ("hen", "hen"),
    ("pork", "meat"),
    ("bacon", "meat"),
    ("tea", "tea"),
    ("jam", "jar"),
    ("dried", "jar"),
    ("pickle", "jar"),
    ("sauce", "jar"),
    ("oil", "jar"),
    ("peach", "peach"),
    ("fruit", "peach"),
    ("craft", "cloth"),
    ("food", "jar"),
    ("fresh", "eggs"),
];

/// The address of a stored photo.
pub(in crate::page) fn address(village: VillageId, photo: Photo, size: &str) -> String {
    format!("/v/{village}/pictures/{}/{size}", to_hex(&photo.0))
}

/// The drawing that fits a good: by its kind, then by its name.
pub(super) fn art_of(text: &ListingText) -> &'static str {
    let words = format!("{} {}", text.category, text.name_latin).to_lowercase();
    WORDS.into_iter().find(|(word, _)| words.contains(word)).map_or("box", |(_, art)| art)
}

/// Whether the drawing of a good is a fruit.
pub(super) fn is_fruit(text: &ListingText) -> bool {
    art_of(text) == "peach"
}

/// `GET /v/{village}/pictures/{digest}/{size}`
pub(super) async fn show(
    State(web): State<Web>,
    Path((number, digest, size)): Path<(String, String, String)>,
) -> Result<impl IntoResponse, Fault> {
    let unknown = || Fault::not_found("page");
    let (village, size) = (village_of(&number)?, PictureSize::by_name(&size).ok_or_else(unknown)?);
    let photo = Photo(hash_from_hex(&digest).ok_or_else(unknown)?);
    let bytes = web.app().picture(village, photo, size).await?.ok_or_else(unknown)?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg"), KEEP], bytes))
}

/// `GET /art/{name}`
pub(super) async fn art(Path(name): Path<String>) -> Result<impl IntoResponse, Fault> {
    let wanted = name.strip_suffix(".svg").unwrap_or_default();
    let found = ART.into_iter().find(|(name, _)| *name == wanted);
    let (_, svg) = found.ok_or_else(|| Fault::not_found("page"))?;
    let kind = (header::CONTENT_TYPE, "image/svg+xml");
    Ok(([kind, KEEP].map(|(name, value)| (name, HeaderValue::from_static(value))), svg))
}
