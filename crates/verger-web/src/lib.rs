//! Pages and the JSON API. Owns addresses, languages, shapes of requests and answers, and the look;
//! must not decide anything: rules are in the domain, use cases in the app.
#![warn(missing_docs)]

pub mod access;
mod api;
mod edge;
mod fault;
mod form;
mod input;
mod limits;
mod metrics;
mod multipart;
mod openapi;
mod page;
mod session;

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tower_http::compression::CompressionLayer;
use verger_app::{App, AppError};
use verger_domain::id::VillageId;
use verger_domain::money::Currency;
use verger_domain::party::Village;

use fault::Fault;
use limits::Limits;
use metrics::Metrics;
use verger_words::text::Lang;
use verger_words::{chart, credit as credit_text, text, trust};

pub use edge::CONTENT_POLICY;
pub use openapi::openapi;

/// What the operator chooses about the server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// Whether the data is the invented demo village; pages then say so.
    pub demo: bool,
    /// The program's version, shown at the foot of pages.
    pub version: &'static str,
    /// People of the demo village who may be tried out by anybody; empty for real villages.
    pub doors: Vec<Door>,
}

/// An invented person and what he signs in with.
#[derive(Clone, Debug)]
pub struct Door {
    /// His village.
    pub village: VillageId,
    /// His short code.
    pub code: String,
    /// His PIN or password.
    pub secret: String,
}

/// What every handler shares.
#[derive(Clone)]
pub(crate) struct Web {
    inner: Arc<Inner>,
}

struct Inner {
    app: App,
    settings: Settings,
    metrics: Metrics,
    limits: Limits,
    currencies: RwLock<BTreeMap<VillageId, Currency>>,
}

impl Web {
    fn new(app: App, settings: Settings) -> Self {
        let metrics = Metrics::new(&app);
        let currencies = RwLock::default();
        let limits = Limits::default();
        Self { inner: Arc::new(Inner { app, settings, metrics, limits, currencies }) }
    }

    pub(crate) fn app(&self) -> &App {
        &self.inner.app
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.inner.metrics
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    /// The tag of the programme's first language, for addresses that are sent to strangers.
    pub(crate) fn first_lang(&self) -> &'static str {
        let tags = &self.app().policy().programme.languages;
        tags.iter().find_map(|tag| Lang::by_tag(tag)).unwrap_or(Lang::En).tag()
    }

    /// A language with what it needs to speak of loans.
    pub(crate) fn words(&self, lang: Lang) -> credit_text::Words<'_> {
        let currency = self.app().policy().currency().unwrap_or(Currency::CNY);
        credit_text::Words { lang, currency, calendar: self.app().calendar() }
    }

    pub(crate) async fn village(&self, id: VillageId) -> Result<Village, Fault> {
        let found = self.app().ask(id, move |reader, cell| reader.village(cell, id)).await?;
        Ok(found.ok_or(AppError::VillageUnknown { village: id })?)
    }

    /// The currency of a village's books, which never changes.
    pub(crate) async fn currency(&self, id: VillageId) -> Result<Currency, Fault> {
        let known = {
            let known = self.inner.currencies.read().unwrap_or_else(PoisonError::into_inner);
            known.get(&id).copied()
        };
        if let Some(currency) = known {
            return Ok(currency);
        }
        let currency = self.village(id).await?.currency;
        let mut known = self.inner.currencies.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(id, currency);
        Ok(currency)
    }
}

/// All routes, ready to be served or to be asked by a test.
pub fn router(app: App, settings: Settings) -> Router {
    let web = Web::new(app, settings);
    let (api, document) = api::routes().split_for_parts();
    let docs = Arc::new(openapi::Document::new(document));
    let operations = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(metrics::ready))
        .route("/metrics", get(metrics::export));
    Router::new()
        .merge(api)
        .merge(operations)
        .merge(page::routes())
        .merge(openapi::routes(docs))
        .fallback(edge::nowhere)
        .method_not_allowed_fallback(edge::wrong_method)
        .layer(edge::panics())
        .layer(axum::middleware::from_fn_with_state(web.clone(), edge::around))
        // Gzip alone: at the speed at which pages can be compressed one by one Brotli makes larger ones
        // (decision 21).
        .layer(CompressionLayer::new())
        .with_state(web)
}

/// How long a client may take to send the head of a request.
const HEADER_PATIENCE: Duration = Duration::from_secs(10);
/// How long open requests may take to end once the server shuts down.
const SHUTDOWN_PATIENCE: Duration = Duration::from_secs(10);

/// Listens and serves until `shutdown` is over and open requests are answered.
///
/// # Errors
/// When the address cannot be had.
pub async fn serve(
    app: App,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let listener = TcpListener::bind(settings.listen)?;
    serve_on(listener, app, settings, shutdown).await
}

/// Serves on a listener that is bound already, as [`serve`] does: for callers that want to know the
/// address before the first request.
///
/// # Errors
/// When the listener cannot be used.
pub async fn serve_on(
    listener: TcpListener,
    app: App,
    settings: Settings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let handle = axum_server::Handle::new();
    let ending = handle.clone();
    let watch = tokio::spawn(async move {
        shutdown.await;
        ending.graceful_shutdown(Some(SHUTDOWN_PATIENCE));
    });
    // axum's own server has no timer, so that a silent client holds a connection for ever; see
    // `70-dependencies` 2.1.
    let mut server = axum_server::from_tcp(listener)?
        .handle(handle)
        .http1_only()
        .first_request_timeout(HEADER_PATIENCE)
        .accept_error_handler(|_, error| tracing::warn!(%error, "a connection was not accepted"));
    server.http_builder().http1().header_read_timeout(HEADER_PATIENCE);
    let service = router(app, settings).into_make_service_with_connect_info::<SocketAddr>();
    let served = server.serve(service).await;
    watch.abort();
    served
}

/// The language that a request wishes for among ours.
pub(crate) fn preferred(headers: &axum::http::HeaderMap) -> Lang {
    let wishes = headers.get(axum::http::header::ACCEPT_LANGUAGE);
    Lang::preferred(wishes.and_then(|value| value.to_str().ok()))
}
