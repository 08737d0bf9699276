//! One sample of every effect and command of trust.

use std::collections::BTreeMap;

use super::super::world::*;
use crate::command::Body;
use crate::effect::Effect;
use crate::id::{OrderId, PartyId};
use crate::market::listing::Photo;
use crate::time::Date;
use crate::trust::{
    FactKind, FactProof, NodeWeight, Operation, TrustCommand, TrustEvent, Weight, WeightBatch,
};

fn on() -> Date {
    "2026-07-20".parse().unwrap()
}

/// Weights for a household and a buyer.
pub(in crate::tests) fn batch(number: u32, on: Date) -> WeightBatch {
    let node = |weight| NodeWeight { backed_minor: 5_000, backed_share: 40, weight };
    let weights = BTreeMap::from([(HOUSE, node(20)), (BUYER, node(85))]);
    WeightBatch { number, on, rounds: 9, weights }
}

pub(in crate::tests) fn effects() -> Vec<Effect> {
    let order = OrderId::from_bits(7);
    let weight = Weight::of(85);
    let value_minor = 900;
    let operations = [
        Operation::Fact { points: 20 },
        Operation::Sale { value_minor, weight: Weight::SEED },
        Operation::Purchase { value_minor, weight },
        Operation::VillageTrade { value_minor, weight },
        Operation::Repaid { days_held: 28, principal_minor: 10_000 },
        Operation::Late,
        Operation::DisputeLost,
        Operation::Defaulted,
        Operation::Cured,
    ];
    let counted = |operation| TrustEvent::Counted {
        batch: 3,
        counterparty: Some(BUYER),
        on: on(),
        operation,
        order: Some(order),
    };
    let (document, witness) = (Some(Photo([8; 32])), None::<PartyId>);
    let confirmed = |fact| TrustEvent::FactConfirmed { document, fact, on: on(), witness };
    let others = [
        TrustEvent::TakenBack { on: on(), order, value_minor },
        TrustEvent::Paid { amount_minor: -900, on: on(), payer: BUYER },
        TrustEvent::Proven,
        TrustEvent::Barred { on: on(), reason: "forged parcels".to_owned() },
    ];
    let facts = FactKind::ALL.into_iter().map(confirmed);
    let events = operations.into_iter().map(counted).chain(facts).chain(others);
    let told = events.map(|event| Effect::Trust { event, party: HOUSE });
    told.chain([Effect::WeightsAdopted(Box::new(batch(4, on())))]).collect()
}

pub(in crate::tests) fn bodies() -> Vec<Body> {
    let (approved_by, fact, household) = (SECOND_STAFF, FactKind::Identity, HOUSE);
    [
        TrustCommand::AdoptWeights { batch: batch(1, on()) },
        TrustCommand::ConfirmFact { by: FactProof::Document(Photo([8; 32])), fact, household },
        TrustCommand::ConfirmFact {
            by: FactProof::Witness(proof(NEIGHBOUR_MEMBER)),
            fact,
            household,
        },
        TrustCommand::ProveBuyer { approved_by, buyer: BUYER },
        TrustCommand::Bar { approved_by, party: BUYER, reason: "forged".to_owned() },
    ]
    .into_iter()
    .map(|command| Body::Trust { command })
    .collect()
}
