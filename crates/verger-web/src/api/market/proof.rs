//! A household's own agreement as a request brings it: the member's PIN, a witness's PIN, or a
//! recorded yes. Owns the forms; the app checks the PIN, the domain whose agreement counts. None of
//! the forms is in the agent's hands (I-11).

use serde::Deserialize;
use utoipa::ToSchema;
use verger_app::Receipt;
use verger_domain::command::ProofBy;
use verger_domain::id::PartyId;
use verger_domain::{Body, Proof};

use super::digest;
use crate::fault::Fault;
use crate::input::{Desk, Key};

/// A member's own agreement, in exactly one of three ways.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"member": "M018", "pin": "482915"}))]
pub(crate) struct ProofShape {
    /// The member who agrees, by id or code.
    member: String,
    /// The member's PIN, typed by him.
    pin: Option<String>,
    /// A member of another household who saw the thumb, by id or code.
    witness: Option<String>,
    /// The witness's own PIN, typed by him.
    witness_pin: Option<String>,
    /// The hexadecimal SHA-256 of the recorded yes.
    recording: Option<String>,
}

impl std::fmt::Debug for ProofShape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ProofShape({})", self.member)
    }
}

/// A proof that is still to be checked.
pub(crate) enum Given {
    /// Whose PIN, and what it proves.
    Pin(PartyId, String, Proof),
    /// Needs no PIN.
    Voice(Proof),
}

impl ProofShape {
    /// Finds the people; `path` is where the proof stands in the request.
    pub(crate) async fn given<S>(self, desk: &Desk<S>, path: &str) -> Result<Given, Fault> {
        let at = |name: &str| format!("{path}.{name}");
        let member = desk.party(&at("member"), &self.member).await?;
        match (self.pin, self.witness, self.witness_pin, self.recording) {
            (Some(pin), None, None, None) => {
                Ok(Given::Pin(member, pin, Proof { by: ProofBy::Pin, member }))
            }
            (None, Some(witness), Some(pin), None) => {
                let witness = desk.party(&at("witness"), &witness).await?;
                Ok(Given::Pin(witness, pin, Proof { by: ProofBy::Witness(witness), member }))
            }
            (None, None, None, Some(recording)) => {
                let recording = digest(&at("recording"), &recording)?;
                Ok(Given::Voice(Proof { by: ProofBy::Voice(recording), member }))
            }
            _ => Err(Fault::field(path, "proof")),
        }
    }
}

impl<S> Desk<S> {
    /// Sends a command in the caller's name with a household's own agreement.
    pub(crate) async fn submit_proved(
        &self,
        key: Key,
        given: Given,
        body: impl Fn(Proof) -> Body,
    ) -> Result<Receipt, Fault> {
        match given {
            Given::Voice(proof) => self.submit(key, body(proof)).await,
            Given::Pin(typist, pin, proof) => {
                self.submit_with_pin(key, (typist, &pin), |_| body(proof)).await
            }
        }
    }
}
