//! Who may ask: bearer tokens and their scopes, and fresh ids. Owns the app's half of the access
//! table; which kind of party may send which command is the domain's half.

use std::collections::BTreeSet;

use verger_domain::codec;
use verger_domain::id::{Id, PartyId, TokenId, VillageId};
use verger_domain::party::{Scope, Token};
use verger_domain::time::Instant;

use crate::App;
use crate::error::AppError;
use crate::secret::random;

/// Who sent a request, as far as the token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The village the token is good for.
    pub village: VillageId,
    /// In whose name it acts.
    pub party: PartyId,
    /// What it may do.
    pub scopes: BTreeSet<Scope>,
}

impl Caller {
    /// Checks that the caller may do this, in this village. Another village's things are unknown to
    /// a caller, not forbidden: he may not learn that they exist.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for another village, [`AppError::ScopeMissing`].
    pub fn may(&self, scope: Scope, village: VillageId) -> Result<(), AppError> {
        if self.village != village {
            return Err(AppError::NotFound { what: "village" });
        }
        if self.scopes.contains(&scope) { Ok(()) } else { Err(AppError::ScopeMissing { scope }) }
    }
}

/// A new token: what is stored, and the text that is shown once.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// For the command that makes it known.
    pub token: Token,
    /// What its owner sends: `Authorization: Bearer <text>`.
    pub text: String,
}

const PREFIX: &str = "vgr";

impl App {
    /// A fresh, time-ordered id.
    pub fn new_id<K>(&self) -> Id<K> {
        Id::from_parts(self.now().at, random())
    }

    /// A fresh token; it works once its command is accepted.
    pub fn new_token(
        &self,
        village: VillageId,
        party: PartyId,
        scopes: BTreeSet<Scope>,
        expires_at: Instant,
    ) -> NewToken {
        let (id, secret) = (self.new_id::<verger_domain::id::TokenKind>(), random::<32>());
        let secret_hash = codec::sha256(&secret);
        let text = format!("{PREFIX}_{village}_{:032x}_{}", id.bits(), codec::to_hex(&secret));
        let token = Token { expires_at, id, party, scopes, secret_hash, village };
        NewToken { token, text }
    }

    /// Finds out who sends a token.
    ///
    /// # Errors
    /// [`AppError::Unauthenticated`] when it is malformed, unknown, wrong or expired.
    pub async fn authenticate(&self, text: &str) -> Result<Caller, AppError> {
        let (village, id, secret) = parse(text).ok_or(AppError::Unauthenticated)?;
        let stored = self.ask(village, move |reader, cell| reader.token(cell, id)).await;
        let token = match stored {
            Ok(Some(token)) => token,
            Ok(None) | Err(AppError::VillageUnknown { .. }) => {
                return Err(AppError::Unauthenticated);
            }
            Err(error) => return Err(error),
        };
        // The secret has 256 random bits and only its hash is compared, so timing tells nothing
        // that helps; the fold keeps it constant all the same.
        let differs = codec::sha256(&secret)
            .iter()
            .zip(&token.secret_hash)
            .fold(0, |differs, (a, b)| differs | (a ^ b));
        let is_good = differs == 0 && token.village == village && token.expires_at > self.now().at;
        if !is_good {
            return Err(AppError::Unauthenticated);
        }
        Ok(Caller { village, party: token.party, scopes: token.scopes })
    }
}

fn parse(text: &str) -> Option<(VillageId, TokenId, codec::Hash)> {
    let mut parts = text.split('_');
    if parts.next()? != PREFIX {
        return None;
    }
    let village = VillageId::new(parts.next()?.parse().ok()?);
    let id = format!("token_{}", parts.next()?).parse().ok()?;
    let secret = codec::hash_from_hex(parts.next()?)?;
    parts.next().is_none().then_some((village, id, secret))
}
