//! What a use case answers when it does not do what was asked. Owns the kinds; the web crate turns
//! them into status codes and sentences.

use verger_domain::Refusal;
use verger_domain::id::{CommandId, VillageId};
use verger_domain::party::Scope;
use verger_store::StoreError;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// A rule said no. The refusal is stored under the command's key, for ever.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The key was used for another command.
    #[error("the key {key} was used for another command")]
    KeyReused {
        /// The key.
        key: CommandId,
    },
    /// There is no such thing, or none that the caller may know of.
    #[error("there is no such {what}")]
    NotFound {
        /// What was asked for.
        what: &'static str,
    },
    /// There is no village with this number.
    #[error("there is no village {village}")]
    VillageUnknown {
        /// The number.
        village: VillageId,
    },
    /// Nobody is signed in, or the token is not good any more.
    #[error("a valid token is needed")]
    Unauthenticated,
    /// Nobody can be let in with what was shown.
    #[error("the code, the secret or the one-time code is not right")]
    SignInWrong,
    /// The token may not do this.
    #[error("the token lacks the scope {}", .scope.name())]
    ScopeMissing {
        /// What it would need.
        scope: Scope,
    },
    /// The lane is full; nothing was done.
    #[error("too much is waiting; try again in a moment")]
    Busy,
    /// Writing is not possible right now; nothing was done, or the key will tell.
    #[error("the books cannot be written right now: {reason}")]
    Unavailable {
        /// Why, for the log and the operator.
        reason: String,
    },
    /// The command met a fault in the program; it was set aside and nothing of it was stored.
    #[error("the command met a fault in the program, incident {incident}")]
    Incident {
        /// The command's key, to be found in the log.
        incident: CommandId,
    },
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
}
