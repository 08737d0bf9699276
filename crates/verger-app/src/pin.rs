//! Proof by PIN. Owns hashing, checking and the count of wrong tries; the PIN itself is never stored
//! and never reaches the journal.

use std::sync::{Arc, PoisonError};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use verger_domain::command::{PinSecret, Proof, ProofBy};
use verger_domain::id::{PartyId, VillageId};
use verger_domain::refusal::TillRefusal;
use verger_domain::{Actor, Body, Command, Effect, Refusal, codec};

use crate::error::AppError;
use crate::lane::{Receipt, repeat};
use crate::{App, Secret};

/// A PIN has exactly this many digits: with five tries a quarter of an hour, guessing takes years.
const PIN_DIGITS: usize = 6;

/// The PIN as the system keeps it, or `None` when it is not six digits.
fn pin_secret(secret: &Secret, member: PartyId, pin: &str) -> Option<PinSecret> {
    if pin.len() != PIN_DIGITS || !pin.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    any_secret(secret, member, pin)
}

/// Any secret text as the system keeps it.
pub(crate) fn any_secret(secret: &Secret, member: PartyId, pin: &str) -> Option<PinSecret> {
    let fingerprint = secret.digest("pin", &[&member.to_bytes(), pin.as_bytes()]);
    let peppered = codec::to_hex(&fingerprint);
    let salt = crate::secret::random::<16>();
    let hash = hasher().hash_password_with_salt(peppered.as_bytes(), &salt).ok()?;
    Some(PinSecret { fingerprint, phc: hash.to_string() })
}

fn is_right(secret: &Secret, member: PartyId, pin: &str, phc: &str) -> bool {
    let peppered = codec::to_hex(&secret.digest("pin", &[&member.to_bytes(), pin.as_bytes()]));
    let Ok(hash) = PasswordHash::new(phc) else { return false };
    hasher().verify_password(peppered.as_bytes(), &hash).is_ok()
}

// OWASP's second choice for argon2id: 19 MiB, 2 passes, 1 lane.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

impl App {
    /// Makes the stored form of a new PIN; takes some milliseconds.
    ///
    /// # Errors
    /// [`AppError::NotFound`] when the text is not six digits.
    pub fn new_pin(&self, member: PartyId, pin: &str) -> Result<PinSecret, AppError> {
        pin_secret(self.secret(), member, pin).ok_or(AppError::NotFound { what: "six-digit PIN" })
    }

    /// Checks a member's PIN and returns the proof that a command needs. A wrong try is counted
    /// durably before it is answered; tries of one member never run beside each other.
    ///
    /// # Errors
    /// [`TillRefusal::WrongPin`], [`TillRefusal::PinLocked`], or [`AppError::Busy`] while another
    /// try of the same member runs.
    pub async fn prove_by_pin(
        &self,
        village: VillageId,
        member: PartyId,
        pin: &str,
    ) -> Result<Proof, AppError> {
        if !self.lock_pins().insert(member) {
            return Err(AppError::Busy);
        }
        let proof = self.prove_alone(village, member, pin).await;
        self.lock_pins().remove(&member);
        proof
    }

    /// Proves by PIN and submits the command that needs it. A repeat of an answered command gets its
    /// stored answer before the PIN is looked at: the PIN may have changed since, or be locked.
    ///
    /// # Errors
    /// As [`App::prove_by_pin`] and [`App::submit`].
    pub async fn submit_with_pin(
        &self,
        (member, pin): (PartyId, &str),
        command: impl Fn(Proof) -> Command,
    ) -> Result<Receipt, AppError> {
        let repeated = command(Proof { by: ProofBy::Pin, member });
        let (village, key) = (repeated.village, repeated.id);
        let stored = self.ask(village, move |reader, cell| reader.record_by_key(cell, key));
        if let Some(record) = stored.await? {
            return repeat(&repeated.body_hash(), &Arc::new(record));
        }
        let proof = self.prove_by_pin(village, member, pin).await?;
        self.submit(command(proof)).await
    }

    async fn prove_alone(
        &self,
        village: VillageId,
        member: PartyId,
        pin: &str,
    ) -> Result<Proof, AppError> {
        let stored = self.ask(village, move |reader, cell| {
            let party = reader.party(cell, member)?;
            let is_here = party.is_some_and(|view| view.party.village == village);
            if is_here { reader.pin(cell, member) } else { Ok(None) }
        });
        let Some((phc, tries)) = stored.await? else {
            return Err(AppError::NotFound { what: "member with a PIN" });
        };
        let now = self.now().at;
        if let Some(locked_until) = tries.locked_until.filter(|until| *until > now) {
            return Err(Refusal::Till(TillRefusal::PinLocked { locked_until }).into());
        }
        let (secret, pin) = (self.secret().clone(), pin.to_owned());
        let checked = tokio::task::spawn_blocking(move || is_right(&secret, member, &pin, &phc));
        if checked.await.unwrap_or(false) {
            return Ok(Proof { by: ProofBy::Pin, member });
        }
        Err(self.count_wrong_pin(village, member).await)
    }

    pub(crate) async fn count_wrong_pin(&self, village: VillageId, member: PartyId) -> AppError {
        let (id, body) = (self.new_id(), Body::ReportWrongPin { member });
        let receipt = match self.submit(Command { id, village, actor: Actor::System, body }).await {
            Ok(receipt) => receipt,
            Err(error) => return error,
        };
        let record = match receipt.accepted() {
            Ok(record) => record,
            Err(error) => return error,
        };
        let tries = record.effects.iter().find_map(|effect| match effect {
            Effect::PinTried { tries, .. } => Some(*tries),
            _ => None,
        });
        let tries = tries.unwrap_or_default();
        let max = match self.policy_in_force(village).await {
            Ok(policy) => policy.till.pin_tries_max,
            Err(error) => return error,
        };
        let wrong = TillRefusal::WrongPin { tries_left: max.saturating_sub(tries.wrong) };
        let locked = tries.locked_until.map(|until| TillRefusal::PinLocked { locked_until: until });
        let refusal = locked.unwrap_or(wrong);
        Refusal::Till(refusal).into()
    }

    fn lock_pins(&self) -> std::sync::MutexGuard<'_, std::collections::BTreeSet<PartyId>> {
        self.inner.pin_checks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
