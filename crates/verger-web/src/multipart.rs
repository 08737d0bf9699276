//! Forms with a file in them (`multipart/form-data`, RFC 7578), as browsers send them. Owns taking a
//! body apart; must not know what a field means. A parser of our own: the usual library brings six
//! packages for what is two dozen lines once the body is in memory, where its size is limited anyway.

use std::collections::BTreeMap;

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};

use crate::fault::Fault;
use crate::form::Fields;

/// The largest body: a photo of twice the usual size, and the fields around it.
const BODY_MAX: usize = verger_app::pictures::UPLOAD_BYTES_MAX + 64 * 1024;

/// The fields of a form and its files.
#[derive(Debug, Default)]
pub(crate) struct Parts(BTreeMap<String, Vec<u8>>);

impl<S: Sync> FromRequest<S> for Parts {
    type Rejection = Fault;

    async fn from_request(request: Request, _: &S) -> Result<Self, Fault> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
        let boundary = kind.and_then(boundary_of).map(str::to_owned);
        let not_a_form = || Fault::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_a_form");
        let boundary = boundary.ok_or_else(not_a_form)?;
        let too_large = |_| {
            Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large").with("max_bytes", BODY_MAX)
        };
        let body = axum::body::to_bytes(request.into_body(), BODY_MAX).await.map_err(too_large)?;
        Ok(Self::parse(&body, &boundary))
    }
}

fn boundary_of(kind: &str) -> Option<&str> {
    let (kind, rest) = kind.split_once(';')?;
    let is_ours = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    let found = rest.split(';').find_map(|part| part.trim().strip_prefix("boundary="))?;
    let boundary = found.trim_matches('"');
    (is_ours && (1..=70).contains(&boundary.len())).then_some(boundary)
}

impl Parts {
    /// Takes a body apart. What is not well formed is left out, so that a field is missing and is
    /// named by whoever needs it.
    fn parse(body: &[u8], boundary: &str) -> Self {
        let mut parts = BTreeMap::new();
        let line = format!("\r\n--{boundary}").into_bytes();
        let first = format!("--{boundary}").into_bytes();
        let mut rest = body.strip_prefix(first.as_slice()).unwrap_or_default();
        while let Some(part) = rest.strip_prefix(b"\r\n") {
            let Some(end) = find(part, &line) else { break };
            let (inside, after) = part.split_at(end);
            if let Some((name, value)) = part_of(inside) {
                parts.entry(name).or_insert_with(|| value.to_vec());
            }
            rest = after.get(line.len()..).unwrap_or_default();
        }
        Self(parts)
    }

    /// A field's text without the space around it; nothing where it is absent.
    pub(crate) fn text(&self, name: &str) -> &str {
        let bytes = self.0.get(name).map_or(&[][..], Vec::as_slice);
        std::str::from_utf8(bytes).map_or("", str::trim)
    }

    /// What is text in it, as the fields of a form; files are taken out before.
    pub(crate) fn into_fields(self) -> Fields {
        let texts = self
            .0
            .into_iter()
            .filter_map(|(name, bytes)| Some((name, vec![String::from_utf8(bytes).ok()?])));
        Fields::from_values(texts.collect())
    }

    /// A file; nothing where none was chosen.
    pub(crate) fn take_file(&mut self, name: &str) -> Option<Vec<u8>> {
        self.0.remove(name).filter(|bytes| !bytes.is_empty())
    }
}

/// The name and the content of a part.
fn part_of(part: &[u8]) -> Option<(String, &[u8])> {
    let end = find(part, b"\r\n\r\n")?;
    let (head, rest) = part.split_at(end);
    let head = std::str::from_utf8(head).ok()?;
    let is_disposition = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case("content-disposition")
    };
    let line = head.split("\r\n").find(is_disposition)?;
    // Browsers write a quote in a name as %22, so that the next quote is the end.
    let name = line.split("; ").find_map(|item| item.strip_prefix("name=\""))?;
    let name = name.split('"').next()?;
    Some((name.to_owned(), rest.get(4..)?))
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    // Looking for the first byte alone first: photos are megabytes.
    let first = wanted.first()?;
    let mut from = 0;
    while let Some(step) = text.get(from..)?.iter().position(|byte| byte == first) {
        let at = from + step;
        if text.get(at..)?.starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

#[cfg(test)]
mod tests;
