//! What can be wanted of trust. Owns the shapes; must not decide anything. Whatever trade earns is
//! counted by the trade's own commands.

use serde::Serialize;

use super::{FactKind, WeightBatch};
use crate::command::{Proof, kinds};
use crate::id::PartyId;
use crate::market::listing::Photo;

/// A command about trust.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrustCommand {
    /// Puts the weights of a batch into force; the nightly job's alone.
    AdoptWeights {
        /// The batch.
        batch: WeightBatch,
    },
    /// Confirms a fact about a household; once a year counts.
    ConfirmFact {
        /// How it is proven.
        by: FactProof,
        /// Which fact.
        fact: FactKind,
        /// Whose.
        household: PartyId,
    },
    /// Says that an outside buyer's money is real, by a contract or the payment provider's word.
    ProveBuyer {
        /// The second person, of the staff like the actor.
        approved_by: PartyId,
        /// The buyer.
        buyer: PartyId,
    },
    /// Bars a party for proven fraud and takes back what counted with it.
    Bar {
        /// The second person, of the staff like the actor.
        approved_by: PartyId,
        /// Who.
        party: PartyId,
        /// Why, for the record.
        reason: String,
    },
}

kinds!(TrustCommand {
    AdoptWeights "trust.adopt_weights",
    ConfirmFact "trust.confirm_fact",
    ProveBuyer "trust.prove_buyer",
    Bar "trust.bar",
});

/// How a fact about a household is proven, beside the agent's own word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FactProof {
    /// A picture of the document; it serves once, so that nobody starts again under another name.
    Document(Photo),
    /// A member of a third household, by a PIN of his own.
    Witness(Proof),
}
