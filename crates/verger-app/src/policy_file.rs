//! Reading the programme policy from a file. Owns the file's errors; the policy's own rules are in
//! the domain.

use std::path::{Path, PathBuf};

use crate::clock::Calendar;
use verger_domain::policy::{Policy, PolicyError, SHIPPED_TOML};

/// Why a policy file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PolicyFileError {
    /// The file cannot be read.
    #[error("the policy file {} cannot be read", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not a policy: the message names the line and the field.
    #[error("the policy file {} is not a policy: {problem}", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and what.
        problem: String,
    },
    /// A field breaks a rule.
    #[error("the policy file {} breaks a rule: {source}", .path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Which field and why.
        source: PolicyError,
    },
}

/// The policy in a file, or the shipped one without a file; complete and valid.
///
/// # Errors
/// [`PolicyFileError`], naming the file and the field.
pub fn load(path: Option<&Path>) -> Result<Policy, PolicyFileError> {
    let Some(path) = path else {
        return parse(SHIPPED_TOML, Path::new("(shipped)"));
    };
    let io = |source| PolicyFileError::Io { path: path.to_owned(), source };
    parse(&std::fs::read_to_string(path).map_err(io)?, path)
}

fn parse(text: &str, path: &Path) -> Result<Policy, PolicyFileError> {
    let policy: Policy = toml::from_str(text).map_err(|error| PolicyFileError::Malformed {
        path: path.to_owned(),
        problem: error.to_string(),
    })?;
    let invalid = |source| PolicyFileError::Invalid { path: path.to_owned(), source };
    policy.validate().map_err(invalid)?;
    if let Err(error) = Calendar::new(&policy.programme.time_zone) {
        let field = "programme.time_zone".to_owned();
        return Err(invalid(PolicyError { field, problem: error.to_string() }));
    }
    Ok(policy)
}
