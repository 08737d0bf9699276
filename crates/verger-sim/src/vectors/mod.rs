//! Golden vectors: reads a file of them and runs each through real commands on a real store. Owns
//! the runner; each kind has a module, and kinds that are not built yet count as failed.

mod credit;
mod ledger;
mod stage;
mod trust;
mod weights;

use std::path::{Path, PathBuf};

use serde_json::Value;

pub use stage::Engine;

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Vectors that came out as written.
    pub passed: usize,
    /// One line for each vector that did not: its id, its kind and the first difference.
    pub failures: Vec<String>,
}

/// Why a file cannot be run at all.
#[derive(Debug, thiserror::Error)]
pub enum VectorsError {
    /// It cannot be read.
    #[error("{} cannot be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// It is not a file of vectors.
    #[error("{} is not a file of vectors: {problem}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The first difference between a vector and what came out.
pub(crate) type Verdict = Result<(), String>;

/// Runs every vector of a file on an engine; `progress` hears how many are done of how many.
///
/// # Errors
/// When the file cannot be read or has no list `vectors`.
pub fn run(
    engine: Engine<'_>,
    path: &Path,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Outcome, VectorsError> {
    let io = |source| VectorsError::Io { path: path.to_owned(), source };
    let malformed = |problem: String| VectorsError::Malformed { path: path.to_owned(), problem };
    let text = std::fs::read_to_string(path).map_err(io)?;
    let file: Value = serde_json::from_str(&text).map_err(|e| malformed(e.to_string()))?;
    let vectors = file.get("vectors").and_then(Value::as_array);
    let vectors = vectors.ok_or_else(|| malformed("it has no list `vectors`".to_owned()))?;
    let mut outcome = Outcome::default();
    for (done, vector) in vectors.iter().enumerate() {
        let text = |field: &str| vector.get(field).and_then(Value::as_str).unwrap_or("?");
        match run_one(engine, text("kind"), vector) {
            Ok(()) => outcome.passed += 1,
            Err(difference) => {
                let (id, kind) = (text("id"), text("kind"));
                outcome.failures.push(format!("{id} {kind}: {difference}"));
            }
        }
        progress(done + 1, vectors.len());
    }
    Ok(outcome)
}

fn run_one(engine: Engine<'_>, kind: &str, vector: &Value) -> Verdict {
    match kind {
        "holds" => ledger::holds(engine, vector),
        "hash_chain" => ledger::hash_chain(vector),
        "idempotency" => ledger::idempotency(engine, vector),
        "period_close" => ledger::period_close(engine, vector),
        "loan" => credit::loan(engine, vector),
        "provision" => credit::provision(vector),
        "batch" => weights::batch(vector),
        "points" => trust::points(vector),
        other => Err(format!("the kind {other} is not built yet")),
    }
}

/// A field that a vector of this kind must have.
pub(crate) fn field<'a>(value: &'a Value, name: &str) -> Result<&'a Value, String> {
    value.get(name).ok_or_else(|| format!("the vector has no field {name}"))
}

/// A whole number that a vector of this kind must have.
pub(crate) fn int(value: &Value, name: &str) -> Result<i64, String> {
    field(value, name)?.as_i64().ok_or_else(|| format!("the field {name} is not a whole number"))
}

/// A text that a vector of this kind must have.
pub(crate) fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    field(value, name)?.as_str().ok_or_else(|| format!("the field {name} is not text"))
}

/// A list that a vector of this kind must have.
pub(crate) fn list<'a>(value: &'a Value, name: &str) -> Result<&'a [Value], String> {
    let list = field(value, name)?.as_array();
    Ok(list.ok_or_else(|| format!("the field {name} is not a list"))?)
}

/// Compares one thing.
pub(crate) fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Verdict {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what} is {found:?}, should be {wanted:?}"))
}
