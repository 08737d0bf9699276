//! The description of the API: OpenAPI 3.1 for machines, one plain page for people. Owns what all
//! operations have in common; what each does is described beside its handler.
#![expect(
    clippy::indexing_slicing,
    reason = "a JSON value asked by name answers null, and the document is an object"
)]

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use crate::Web;
use crate::api;
use crate::fault::Problem;
use crate::page::STYLE;

/// What stands around the operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Verger",
        description = "The books of a village: parties, accounts, cash, trade, holds, postings.\n\n\
            Money is a whole number of minor units (fen). Every POST carries an `Idempotency-Key`, \
            made once by the client: a UUID of version 7, or `cmd_` and its 32 digits. Repeating a \
            request with its key gives the same answer again, with `Idempotency-Replayed: true`. \
            Errors are `application/problem+json` with a stable `code`, the `field` they are about \
            and a `hint`, in the language of `Accept-Language` (zh-CN, fr, en).",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later"),
    ),
    components(schemas(Problem)),
    tags(
        (name = "Villages", description = "Public facts; no token needed"),
        (name = "Parties", description = "People, families and firms"),
        (name = "Trust", description = "Points, limits and their reasons"),
        (name = "Accounts", description = "Whose money is where"),
        (name = "Counter", description = "Cash and money to other villages"),
        (name = "Market", description = "Listings, orders, parcels, disputes, tills; each command \
            is one member of the body, such as `{\"version\": 3, \"accept\": {}}`"),
        (name = "Credit", description = "Loans without collateral: ask, draw, repay, agree anew"),
        (name = "Cooperative", description = "Seasons, boxes ordered ahead, lots, pools, members, \
            votes, fair prices"),
        (name = "Catalogue", description = "Sheets that come in, search, pictures"),
        (name = "Reports", description = "Packing, pick-up, settlements, till, commissions, season"),
        (name = "Holds", description = "Money reserved, then moved or freed"),
        (name = "Ledger", description = "Postings by hand, closes, the journal"),
    ),
)]
pub(crate) struct Frame;

/// The document, as JSON, with a line end.
pub fn openapi() -> String {
    let (_, document) = api::routes().split_for_parts();
    Document::new(document).text
}

/// The finished document and its page.
pub(crate) struct Document {
    text: String,
    html: String,
}

impl Document {
    pub(crate) fn new(document: utoipa::openapi::OpenApi) -> Self {
        let mut document = serde_json::to_value(document).unwrap_or_default();
        complete(&mut document);
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        let page = DocsPage { css: STYLE, groups: groups(&document), about: about(&document) };
        let html = page.render().unwrap_or_default();
        Self { text, html }
    }
}

/// `/api/openapi.json` and `/api/docs`.
pub(crate) fn routes(document: Arc<Document>) -> Router<Web> {
    const KEEP: (header::HeaderName, &str) = (header::CACHE_CONTROL, "public, max-age=600");
    let page = Arc::clone(&document);
    let json = move || async move {
        let kind = (header::CONTENT_TYPE, "application/json");
        ([kind, KEEP], document.text.clone())
    };
    let html = move || async move { ([KEEP], Html(page.html.clone())) };
    Router::new().route("/api/openapi.json", get(json)).route("/api/docs", get(html))
}

const METHODS: [&str; 2] = ["get", "post"];

/// Adds what all operations have in common: token, key, the errors of the edge.
fn complete(document: &mut Value) {
    document["security"] = json!([{ "bearer": [] }]);
    document["components"]["securitySchemes"] = json!({ "bearer": {
        "type": "http", "scheme": "bearer", "bearerFormat": "vgr_<village>_<id>_<secret>",
        "description": "A token made by `verger token issue`; it is good for one village and the \
            scopes it was made with."
    } });
    document["components"]["securitySchemes"]["signature"] = json!({
        "type": "apiKey", "in": "header", "name": "Verger-Signature",
        "description": "`t=<unix seconds>,v1=<hexadecimal HMAC-SHA-256 of \"<t>.<body>\">` under \
            the village's webhook key."
    });
    document["components"]["parameters"] = json!({ "IdempotencyKey": {
        "name": "Idempotency-Key", "in": "header", "required": true,
        "description": "Made once for each wish and repeated when in doubt: a UUID (version 7 for \
            holds), or `cmd_` and its 32 hexadecimal digits.",
        "schema": { "type": "string" }, "example": "0199f0c2-a8b4-7c0e-8000-000000000001"
    } });
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                complete_operation(operation, method, path);
            }
        }
    }
}

fn complete_operation(operation: &mut Map<String, Value>, method: &str, path: &str) {
    operation.insert("operationId".to_owned(), operation_id(method, path).into());
    let is_open = operation.contains_key("security");
    let is_signed = is_signed(operation.get("security"));
    let mut common: Vec<(&str, &str)> = vec![("503", "`busy` (see `Retry-After`), `unavailable`")];
    if !is_open {
        common.push(("401", "`unauthenticated`"));
        common.push(("403", "`scope_missing`, or a rule about who may do this"));
        common.push(("404", "`not_found`, also for what belongs to another village"));
    }
    if method == "post" {
        common.push(("400", "`key_missing`, `malformed_json`"));
        common.push(("409", "It exists or happened already"));
        common.push(("413", "`body_too_large`"));
        common.push(("415", "`unsupported_media_type`"));
        common.push(("422", "`invalid_field`, `key_malformed`, `key_reused`, or a rule"));
        let parameters = operation.entry("parameters").or_insert_with(|| json!([]));
        // What the processor tells carries its own id instead of a key.
        if let Some(parameters) = parameters.as_array_mut().filter(|_| !is_signed) {
            parameters.push(json!({ "$ref": "#/components/parameters/IdempotencyKey" }));
        }
    }
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let Some(responses) = responses.as_object_mut() else { return };
    for (status, description) in common {
        let problem = json!({ "description": description, "content": {
            "application/problem+json": { "schema": { "$ref": "#/components/schemas/Problem" } }
        } });
        responses.entry(status).or_insert(problem);
    }
    if method == "post" {
        let header = json!({ "description": "`true` when this is a stored answer again",
            "schema": { "type": "string" } });
        for status in ["200", "201"] {
            if let Some(response) = responses.get_mut(status) {
                response["headers"] = json!({ "Idempotency-Replayed": header });
            }
        }
    }
}

/// Whether an operation is opened by the processor's signature and not by a token.
fn is_signed(security: Option<&Value>) -> bool {
    security.is_some_and(|security| security.pointer("/0/signature").is_some())
}

fn operation_id(method: &str, path: &str) -> String {
    let mut parts = path.trim_start_matches("/api/v1/").split('/');
    let words: Vec<&str> = parts.clone().filter(|part| !part.starts_with('{')).collect();
    let one = if parts.next_back().is_some_and(|last| last.starts_with('{')) { "_one" } else { "" };
    format!("{method}_{}{one}", words.join("_").replace('-', "_"))
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage {
    css: &'static str,
    about: Vec<String>,
    groups: Vec<Group>,
}

struct Group {
    name: String,
    description: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    is_open: bool,
    parameters: Vec<Field>,
    fields: Vec<Field>,
    answers: Vec<(String, String)>,
    curl: String,
}

struct Field {
    name: String,
    kind: String,
    is_needed: bool,
    description: String,
}

fn text(value: &Value, name: &str) -> String {
    // The marks of Markdown are for other viewers; this page has none.
    value.get(name).and_then(Value::as_str).unwrap_or_default().replace('`', "")
}

fn about(document: &Value) -> Vec<String> {
    let description = text(&document["info"], "description");
    description.split("\n\n").map(str::to_owned).collect()
}

fn groups(document: &Value) -> Vec<Group> {
    let none = Vec::new();
    let tags = document["tags"].as_array().unwrap_or(&none);
    let group = |tag: &Value| {
        let name = text(tag, "name");
        let operations = operations(document, &name);
        Group { description: text(tag, "description"), name, operations }
    };
    tags.iter().map(group).collect()
}

fn operations(document: &Value, tag: &str) -> Vec<Operation> {
    let mut found = Vec::new();
    let Some(paths) = document["paths"].as_object() else { return found };
    for (path, item) in paths {
        for method in METHODS {
            let operation = &item[method];
            if operation["tags"][0].as_str() == Some(tag) {
                found.push(described(document, (method, path), operation));
            }
        }
    }
    found
}

fn described(document: &Value, (method, path): (&str, &str), operation: &Value) -> Operation {
    let none = Vec::new();
    let body = &operation["requestBody"]["content"]["application/json"]["schema"];
    let schema = resolved(document, body);
    let parameters = operation["parameters"].as_array().unwrap_or(&none).iter().map(|given| {
        let given = resolved(document, given);
        Field {
            name: text(given, "name"),
            kind: format!("{}, {}", text(given, "in"), kind(&given["schema"])),
            is_needed: given["required"].as_bool().unwrap_or(false),
            description: text(given, "description"),
        }
    });
    let answers = operation["responses"].as_object().into_iter().flatten();
    let is_open = operation.get("security").is_some();
    let is_signed = is_signed(operation.get("security"));
    Operation {
        id: text(operation, "operationId"),
        method: method.to_ascii_uppercase(),
        path: path.to_owned(),
        summary: text(operation, "summary").trim_end_matches('.').to_owned(),
        is_open: is_open && !is_signed,
        parameters: parameters.collect(),
        fields: fields(schema),
        answers: answers.map(|(status, a)| (status.clone(), text(a, "description"))).collect(),
        curl: curl(path, (method == "post", is_open, is_signed), &schema["example"]),
    }
}

/// The thing itself, or what it refers to within the document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let reference = value["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
    reference.and_then(|pointer| document.pointer(pointer)).unwrap_or(value)
}

fn fields(schema: &Value) -> Vec<Field> {
    let needed = |name: &str| {
        let needed = schema["required"].as_array();
        needed.is_some_and(|needed| needed.iter().any(|n| n.as_str() == Some(name)))
    };
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, field)| Field {
            name: name.clone(),
            kind: kind(field),
            is_needed: needed(name),
            description: text(field, "description"),
        })
        .collect()
}

fn kind(schema: &Value) -> String {
    match &schema["type"] {
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let kinds: Vec<&str> =
                kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
            kinds.join(" or ")
        }
        _ => "object".to_owned(),
    }
}

fn curl(path: &str, (is_post, is_open, is_signed): (bool, bool, bool), example: &Value) -> String {
    let path = path
        .replace("{village}", "1")
        .replace("{party}", "H018")
        .replace("{account}", "1010")
        .replace("{hold}", "$HOLD")
        .replace("{listing}", "box-hujing")
        .replace("{month}", "2026-07")
        .replace("{seq}", "1");
    let made = [
        "order", "parcel", "trip", "dispute", "group", "till", "lot", "pool", "season", "preorder",
        "vote", "label",
    ];
    let path = made.iter().fold(path, |path, noun| {
        path.replace(&format!("{{{noun}}}"), &format!("${}", noun.to_uppercase()))
    });
    let mut line = format!("curl http://127.0.0.1:8080{path}");
    if !is_open {
        line.push_str(" -H \"Authorization: Bearer $TOKEN\"");
    }
    if is_signed {
        line.push_str(" -X POST -H \"Verger-Signature: $SIGNATURE\"");
    } else if is_post {
        line.push_str(" -X POST -H \"Idempotency-Key: $KEY\"");
    }
    if !example.is_null() {
        let body = serde_json::to_string(example).unwrap_or_default();
        line.push_str(" -H 'Content-Type: application/json' -d '");
        line.push_str(&body);
        line.push('\'');
    }
    line
}
