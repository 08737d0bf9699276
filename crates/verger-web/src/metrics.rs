//! Counters for operators, and whether the server is ready. Owns the names of the metrics.

use axum::extract::State;
use axum::http::{Method, StatusCode, header};
use axum::response::IntoResponse;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use verger_app::App;

use crate::Web;
use crate::fault::Fault;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: String,
    route: String,
    status: u16,
}

/// What is counted.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Labels, Counter>,
}

impl Metrics {
    pub(crate) fn new(app: &App) -> Self {
        let requests = Family::<Labels, Counter>::default();
        let mut registry = Registry::with_prefix("verger");
        let help = "Requests answered, by method, route and status";
        registry.register("http_requests", help, requests.clone());
        registry.register_collector(Box::new(Lanes { app: app.clone() }));
        Self { registry, requests }
    }

    pub(crate) fn count(&self, method: &Method, route: &str, status: StatusCode) {
        let labels = Labels {
            method: known(method).to_owned(),
            route: route.to_owned(),
            status: status.as_u16(),
        };
        self.requests.get_or_create(&labels).inc();
    }
}

// Clients can send any word as a method; each new word would be a new time series.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::POST | Method::HEAD | Method::OPTIONS => method.as_str(),
        _ => "other",
    }
}

/// The lanes' own counters, read when the metrics are.
struct Lanes {
    app: App,
}

impl std::fmt::Debug for Lanes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lanes")
    }
}

impl Collector for Lanes {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let stats = self.app.stats();
        let counters = [
            ("commands_accepted", "Commands accepted and committed", &stats.accepted),
            ("commands_refused", "Commands refused by a rule", &stats.refused),
            ("batches", "Transactions committed", &stats.batches),
            ("batch_retries", "Batches tried again", &stats.retries),
            ("batches_unavailable", "Batches given up", &stats.unavailable),
            ("commands_busy", "Commands turned away because the queue was full", &stats.busy),
            ("commands_poison", "Commands set aside because of a fault", &stats.poison),
        ];
        for (name, help, counter) in counters {
            let counter = ConstCounter::new(counter.value());
            let kind = counter.metric_type();
            counter.encode(encoder.encode_descriptor(name, help, None, kind)?)?;
        }
        let waiting = i64::try_from(self.app.waiting()).unwrap_or(i64::MAX);
        let gauge = ConstGauge::new(waiting);
        let help = "Commands that wait for a lane";
        let kind = gauge.metric_type();
        gauge.encode(encoder.encode_descriptor("commands_waiting", help, None, kind)?)
    }
}

/// `GET /metrics`
pub(crate) async fn export(State(web): State<Web>) -> Result<impl IntoResponse, Fault> {
    let mut text = String::new();
    let incident = |_| Fault::new(StatusCode::INTERNAL_SERVER_ERROR, "incident");
    let registry = &web.metrics().registry;
    prometheus_client::encoding::text::encode(&mut text, registry).map_err(incident)?;
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text))
}

/// `GET /readyz`: whether the database answers.
pub(crate) async fn ready(State(web): State<Web>) -> Result<&'static str, Fault> {
    web.app().ping().await?;
    Ok("ready\n")
}
