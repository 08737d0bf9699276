//! The catalogue as a whole: a sheet comes in, people look for something, pictures are stored and
//! shown. Owns these forms; what a sheet may hold is the app's, what a picture may be the paper's.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verger_app::PictureSize;
use verger_app::catalogue::{Change, Import, ImportRow, Problem as SheetProblem, SHEET_BYTES_MAX};
use verger_app::pictures::{PictureError, UPLOAD_BYTES_MAX, UploadError};
use verger_domain::codec;
use verger_domain::market::listing::Photo;

use super::market::listings::ListingShape;
use crate::Web;
use crate::fault::{Fault, Problem};
use crate::input::{Asked, Desk, MarketWrite, page_size, village_of};
use crate::preferred;
use crate::text::Lang;
use verger_shapes::Page;

/// The catalogue's routes with their description.
pub(super) fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(import))
        .routes(routes!(search))
        .routes(routes!(store_picture))
        .route("/pictures/{village}/{digest}/{file}", get(show_picture))
}

/// Whether an import is only tried.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportQuery {
    /// Whether only to say what would be done.
    dry_run: Option<bool>,
}

/// A row of a sheet and what becomes of it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportRowShape {
    /// The row as a spreadsheet numbers it: the names of the columns are row 1.
    #[schema(example = 2)]
    row: u64,
    /// The short code.
    #[schema(example = "box-hujing")]
    code: String,
    /// The listing's id.
    listing: String,
    /// `new`, `price`, `text`, `price_and_text` or `unchanged`.
    #[schema(example = "price")]
    change: &'static str,
    /// The price before, in minor units.
    price_before_minor: Option<i64>,
    /// The price of one, in minor units.
    #[schema(example = 3_990)]
    price_minor: i64,
    /// The code of the refusal when it was not done after all.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

/// Something wrong with a sheet.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SheetProblemShape {
    /// The row as a spreadsheet numbers it.
    #[schema(example = 3)]
    row: u64,
    /// The column; empty where it is about the whole row.
    #[schema(example = "price_minor")]
    column: String,
    /// The stable name of what is wrong.
    #[schema(example = "not_whole")]
    what: &'static str,
    /// The same in the caller's language.
    message: String,
    /// What stands there.
    #[schema(example = "39.90")]
    value: String,
    /// The nearest that would be right.
    #[schema(example = "3990")]
    nearest: Option<String>,
}

/// What an import did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportShape {
    /// Whether it was only tried.
    is_dry_run: bool,
    /// How many rows are new.
    new: usize,
    /// How many rows change something.
    changed: usize,
    /// How many rows change nothing.
    unchanged: usize,
    /// How many rows a rule refused, such as somebody else's goods; see `refused` of each.
    refused: usize,
    /// The rows that are right.
    rows: Vec<ImportRowShape>,
    /// Everything that is wrong; with any of it nothing is done.
    problems: Vec<SheetProblemShape>,
}

/// Brings a sheet into the catalogue: new listings as drafts, changed prices and texts. One wrong
/// cell and nothing is done; the same sheet again changes nothing.
#[utoipa::path(post, path = "/api/v1/villages/{village}/catalogue/import", tag = "Catalogue",
    params(("village" = u32, Path, description = "The village's number"), ImportQuery),
    request_body(content = String, content_type = "text/csv", description = "At most 2 MiB. \
        Columns: code, name, name_latin, category, unit, price_minor, weight_g, class, seller; if \
        wanted name_fr, township_price_minor, stock, freight_minor, packaging_minor, variety, \
        grade, season_from, season_to, expected_g, photos"), responses(
    (status = 200, description = "What was done, or would be", body = ImportShape),
    (status = 422, description = "`sheet_invalid`, with all `problems`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn import(
    desk: Desk<MarketWrite>,
    Asked(query): Asked<ImportQuery>,
    request: Request,
) -> Result<Json<ImportShape>, Fault> {
    let (lang, is_dry_run) = (preferred(request.headers()), query.dry_run.unwrap_or(false));
    let sheet = bytes_of(request, SHEET_BYTES_MAX).await?;
    let who = (desk.village, desk.party);
    let import = desk.app().import_catalogue(who, &sheet, is_dry_run).await?;
    let shape = import_shape(import, lang, is_dry_run);
    if is_dry_run || shape.problems.is_empty() {
        return Ok(Json(shape));
    }
    let fault = Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "sheet_invalid");
    let count = i64::try_from(shape.problems.len()).unwrap_or(i64::MAX);
    let problems = serde_json::to_value(shape.problems).unwrap_or_default();
    Err(fault.with("count", count).with("problems", problems))
}

fn import_shape(import: Import, lang: Lang, is_dry_run: bool) -> ImportShape {
    let (new, unchanged) = (import.count(Change::New), import.count(Change::Unchanged));
    let refused = import.refused();
    let rest = import.rows.len().saturating_sub(new).saturating_sub(unchanged);
    let changed = rest.saturating_sub(refused);
    let problems = import.problems.into_iter().map(|problem| problem_shape(problem, lang));
    let problems = problems.collect();
    let rows = import.rows.into_iter().map(row_shape).collect();
    ImportShape { is_dry_run, new, changed, unchanged, refused, rows, problems }
}

fn row_shape(row: ImportRow) -> ImportRowShape {
    ImportRowShape {
        row: row.row,
        code: row.code,
        listing: row.listing.to_string(),
        change: row.change.name(),
        price_before_minor: row.price_before_minor,
        price_minor: row.price_minor,
        refused: row.refusal.map(|refusal| refusal.code()),
    }
}

fn problem_shape(problem: SheetProblem, lang: Lang) -> SheetProblemShape {
    let key = format!("sheet-{}", problem.what.code().replace('_', "-"));
    SheetProblemShape {
        row: problem.row,
        column: problem.column,
        what: problem.what.code(),
        message: lang.t(&key),
        value: problem.value,
        nearest: problem.nearest,
    }
}

/// A body of any kind, up to a size.
async fn bytes_of(request: Request, bytes_max: usize) -> Result<Vec<u8>, Fault> {
    let too_large = |_| {
        let fault = Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large");
        fault.with("max_bytes", bytes_max)
    };
    let bytes = axum::body::to_bytes(request.into_body(), bytes_max).await.map_err(too_large)?;
    Ok(bytes.to_vec())
}

/// What to look for.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchQuery {
    /// Words in Chinese, French or English; all of them must be there.
    #[param(example = "蜜桃 2.5kg")]
    q: String,
    /// How many items at most, 1 to 200; 50 when absent.
    limit: Option<u32>,
}

/// Looks for something that is on sale: by its names in all languages, category, code, variety.
#[utoipa::path(get, path = "/api/v1/villages/{village}/catalogue/search", tag = "Catalogue",
    security(()),
    params(("village" = u32, Path, description = "The village's number"), SearchQuery), responses(
    (status = 200, description = "What answers best, first", body = Page<ListingShape>),
    (status = 404, description = "`village_unknown`", body = Problem,
        content_type = "application/problem+json"),
))]
pub(super) async fn search(
    State(web): State<Web>,
    Path(number): Path<String>,
    Asked(query): Asked<SearchQuery>,
) -> Result<Json<Page<ListingShape>>, Fault> {
    let (village, limit) = (village_of(&number)?, page_size(query.limit)?);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let found = web.app().search_catalogue(village, query.q, limit).await?;
    Ok(Json(Page { items: found.into_iter().map(ListingShape::from).collect(), next: None }))
}

/// A stored picture.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PictureShape {
    /// Its name: the hexadecimal SHA-256 digest of what is shown, for listings and disputes.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    digest: String,
    /// What it looks like: 16 hexadecimal digits, of which few differ for the same photo.
    #[schema(example = "c3d1e0f0783c1e0f")]
    fingerprint: String,
}

/// Stores a picture under its own digest, made small and without where it was taken. The same file
/// again gives the same name.
#[utoipa::path(post, path = "/api/v1/villages/{village}/pictures", tag = "Catalogue",
    params(("village" = u32, Path, description = "The village's number")),
    request_body(content = String, content_type = "image/jpeg",
        description = "A JPEG, PNG or WebP file of at most 12 MiB"), responses(
    (status = 200, description = "It is stored", body = PictureShape),
    (status = 422, description = "`picture_format`, `picture_broken`, `picture_too_many_pixels`",
        body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn store_picture(
    desk: Desk<MarketWrite>,
    request: Request,
) -> Result<Json<PictureShape>, Fault> {
    let upload = bytes_of(request, UPLOAD_BYTES_MAX).await?;
    let stored = desk.app().store_picture(desk.village, upload).await.map_err(upload_fault)?;
    let digest = codec::to_hex(&stored.photo.0);
    Ok(Json(PictureShape { digest, fingerprint: format!("{:016x}", stored.fingerprint) }))
}

pub(crate) fn upload_fault(error: UploadError) -> Fault {
    match error {
        UploadError::App(error) => error.into(),
        UploadError::Picture(error) => {
            let status = match error {
                PictureError::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                PictureError::Format => StatusCode::UNSUPPORTED_MEDIA_TYPE,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            Fault::new(status, error.code())
        }
    }
}

/// `GET /pictures/{village}/{digest}/{page|thumb}.jpg`: shows a picture, to everybody. What has this
/// name never changes, so it may be kept for ever.
async fn show_picture(
    State(web): State<Web>,
    Path((number, digest, file)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let unknown = || Fault::not_found("picture");
    let village = village_of(&number)?;
    let photo = codec::hash_from_hex(&digest).map(Photo).ok_or_else(unknown)?;
    let size = file.strip_suffix(".jpg").and_then(PictureSize::by_name).ok_or_else(unknown)?;
    let tag = format!("\"{digest}-{}\"", size.name());
    let kept = [
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (header::ETAG, tag.as_str()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let bytes = web.app().picture(village, photo, size).await?.ok_or_else(unknown)?;
    let kind = [(header::CONTENT_TYPE, "image/jpeg")];
    Ok((kept, kind, Body::from(bytes)).into_response())
}
