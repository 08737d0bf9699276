//! Golden vectors of the backing weights. Owns reading them; what they hold is compared with the
//! domain's batch, counted by as many threads as there are.

use serde_json::{Map, Value};
use verger_app::crew;
use verger_domain::trust::weights::{Network, Role, Standing};

use super::{Verdict, field, int, list, same};

/// All payments of a batch's vector lie on one day.
const DAY: i32 = 0;

/// B01 and on: the weights, backed shares and backed money of every node, and the rounds.
pub(super) fn batch(vector: &Value) -> Verdict {
    let policy = verger_app::policy_file::load(None).map_err(|error| error.to_string())?;
    let rules = policy.trust.weight_rules(int(vector, "unit_minor")?);
    let batch = network(vector)?
        .batch(DAY, &rules, &crew::all_processors())
        .map_err(|error| error.to_string())?;
    let expect = field(vector, "expect")?;
    let compare = |name: &str, of: &dyn Fn(&Standing) -> i64| {
        let nodes = batch.standings.iter();
        let column: Map<String, Value> =
            nodes.map(|(node, standing)| (node.clone(), of(standing).into())).collect();
        same(name, &Value::Object(column), field(expect, name)?)
    };
    compare("weights", &|standing| standing.weight.into())?;
    compare("backed_share", &|standing| standing.backed_share.into())?;
    compare("backed_minor", &|standing| standing.backed_minor)?;
    same("rounds", &i64::from(batch.rounds), &int(expect, "rounds")?)
}

fn network(vector: &Value) -> Result<Network<String>, String> {
    let mut network = Network::default();
    for (list_name, role) in [("members", Role::Member), ("seeds", Role::Seed)] {
        for name in list(vector, list_name)? {
            network.set_role(&node(name)?, role);
        }
    }
    for edge in list(vector, "edges")? {
        let [payer, payee, amount] = edge.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err("an edge is not [payer, payee, amount]".to_owned());
        };
        let amount_minor = amount.as_i64().ok_or("an amount is not a whole number")?;
        network.settle(DAY, (&node(payer)?, &node(payee)?), amount_minor);
    }
    Ok(network)
}

fn node(name: &Value) -> Result<String, String> {
    name.as_str().map(str::to_owned).ok_or_else(|| "a node is not text".to_owned())
}
