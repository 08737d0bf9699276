//! The policy a village lives under: its versions, what each changed, and how two persons of the staff
//! change a rule. Owns how a rule is named and typed; what a policy may say is the domain's.

use std::collections::BTreeMap;

use askama::Template;
use axum::response::{Html, Response};
use serde::Deserialize;
use serde_json::Value;
use verger_app::sign_in::Credentials;
use verger_app::{AppError, Role};
use verger_domain::policy::Policy;
use verger_domain::refusal::PartyRefusal;
use verger_domain::{Body, Refusal};

use super::grid::{Grid, Page, Td};
use super::{DECIDES, wrong};
use crate::fault::Fault;
use crate::form::Fields;
use crate::input::{Asked, Key};
use crate::page::sign_in::{OpenDoor, open_door};
use crate::session::{Seat, see};
use crate::text::Lang;

/// Which version is shown.
#[derive(Default, Deserialize)]
pub(super) struct PolicyQuery {
    version: Option<u32>,
}

/// The form by which two persons change one rule.
#[derive(Template)]
#[template(path = "console/rule.html")]
struct RuleForm {
    lang: Lang,
    /// Each rule as people name it, with what it says now.
    rules: Vec<(String, String)>,
    /// Who may be the second person of the demonstration; nobody elsewhere.
    second: Option<OpenDoor>,
}

impl RuleForm {
    fn t(&self, key: &str) -> String {
        self.lang.t(key)
    }
}

/// The rules of a policy by the names of its file, such as `till.pin_tries_max`.
fn rules(policy: &Policy) -> BTreeMap<String, Value> {
    let mut rules = BTreeMap::new();
    let mut open = vec![(String::new(), serde_json::to_value(policy).unwrap_or_default())];
    while let Some((name, value)) = open.pop() {
        let Value::Object(parts) = value else {
            rules.insert(name, value);
            continue;
        };
        for (part, value) in parts {
            let name = if name.is_empty() { part } else { format!("{name}.{part}") };
            open.push((name, value));
        }
    }
    rules.remove("version");
    rules
}

/// What a rule says, as it is typed.
fn said(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The next version of a policy, in which one rule says something else.
fn changed(policy: &Policy, rule: &str, typed: &str) -> Result<Policy, Fault> {
    let mut whole = serde_json::to_value(policy).unwrap_or_default();
    let pointer = format!("/{}", rule.replace('.', "/"));
    let unknown = || Fault::field("rule", "unknown");
    let place = whole.pointer_mut(&pointer).filter(|_| rule != "version").ok_or_else(unknown)?;
    let (meant, form) = match place {
        Value::Object(_) => return Err(unknown()),
        Value::String(_) => (Some(Value::from(typed)), "form"),
        Value::Number(_) => (serde_json::from_str(typed).ok(), "whole"),
        _ => (serde_json::from_str(typed).ok(), "form"),
    };
    *place = meant.ok_or_else(|| Fault::field("value", form))?;
    let next: Result<Policy, _> = serde_json::from_value(whole);
    let next = next.map_err(|_| Fault::field("value", form))?;
    let next = Policy { version: policy.version.saturating_add(1), ..next };
    // Before the second person's code is used up: each serves once.
    next.validate().map_err(|error| Refusal::from(PartyRefusal::from(error)))?;
    Ok(next)
}

/// The page: one version to the letter, or the rules in force with the form that changes one.
async fn page(seat: &Seat, asked: Option<u32>) -> Result<Page, Fault> {
    let (lang, village) = (seat.lang, seat.village);
    let found = seat.app().ask(village, move |reader, cell| reader.policies(cell, village));
    let policies = found.await?;
    let current = seat.place.policy_version;
    let version = asked.unwrap_or(current);
    let shown = policies.iter().position(|policy| policy.version == version);
    let shown = shown.ok_or_else(|| Fault::not_found("page"))?;
    let row = |policy: &Policy| {
        let is_current = policy.version == current;
        let (key, mark) = if is_current { ("policy-now", "ok") } else { ("policy-past", "wait") };
        let link = seat.to(&format!("console/policy?version={}", policy.version));
        vec![Td::text(policy.version.to_string()).to(link), Td::mark(lang.t(key), mark)]
    };
    let tail = asked.map_or("policy".to_owned(), |version| format!("policy?version={version}"));
    let mut page = Page::new(seat, "policy", &tail);
    page.lead = lang.t("policy-lead");
    let heads = ["policy-version", "needs-state"];
    page.grids.push(Grid::new(seat, "", &heads, policies.iter().rev().map(row).collect()));
    let of = |index: usize| policies.get(index);
    if let Some((before, after)) = shown.checked_sub(1).and_then(of).zip(of(shown)) {
        page.grids.push(changes(seat, &rules(before), &rules(after)));
    }
    let now = of(shown).filter(|_| asked.is_none() && DECIDES.contains(&seat.role));
    if let Some(now) = now {
        let rules = rules(now).into_iter().map(|(name, value)| (name, said(&value))).collect();
        let form = RuleForm { lang, rules, second: second(seat).await? };
        page.card_below = form.render().ok();
    } else {
        page.text = of(shown).and_then(|policy| serde_json::to_string_pretty(policy).ok());
    }
    Ok(page)
}

/// What a version says otherwise than the one before it.
fn changes(seat: &Seat, before: &BTreeMap<String, Value>, after: &BTreeMap<String, Value>) -> Grid {
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    let differs = names.filter(|name| before.get(*name) != after.get(*name));
    let cell = |value: Option<&Value>| Td::text(value.map(said).unwrap_or_default());
    let row = |name: &String| vec![Td::text(name), cell(before.get(name)), cell(after.get(name))];
    let heads = ["field-rule", "policy-before", "policy-after"];
    Grid::new(seat, "policy-changes", &heads, differs.map(row).collect())
}

/// Another operator among the invented people of the demonstration.
async fn second(seat: &Seat) -> Result<Option<OpenDoor>, Fault> {
    for door in &seat.web.settings().doors {
        if let Some((open, role)) = open_door(&seat.web, seat.lang, door).await?
            && role == Role::Operator
            && open.name != seat.name
        {
            return Ok(Some(open));
        }
    }
    Ok(None)
}

/// `GET /{lang}/console/policy`: every version, and one to the letter.
pub(super) async fn show(
    seat: Seat,
    Asked(query): Asked<PolicyQuery>,
) -> Result<Html<String>, Fault> {
    page(&seat, query.version).await?.show()
}

/// `POST /{lang}/console/policy`: two persons change a rule.
pub(super) async fn change(seat: Seat, fields: Fields) -> Result<Response, Fault> {
    let done = async {
        let policy = seat.app().policy_in_force(seat.village).await?;
        let policy = changed(&policy, fields.needed("rule")?, fields.needed("value")?)?;
        let who = Credentials {
            village: seat.village,
            code: fields.needed("code")?,
            secret: fields.needed("secret")?,
            one_time: fields.text("one_time"),
        };
        let (approved_by, key) = seat.app().agree(&who).await?;
        let body = Body::AdoptPolicy { approved_by, policy: Box::new(policy) };
        let answer = seat.submit(Key(key), body).await;
        // The code has agreed to something else already.
        let is_used = |fault: &Fault| fault.code == "key_reused";
        answer.map_err(|f| if is_used(&f) { AppError::SignInWrong.into() } else { f })
    };
    match done.await {
        Ok(_) => Ok(see(&seat.to("console/policy"))),
        Err(fault) => wrong(&seat, fault, page(&seat, None).await?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what is typed for a rule is meant as the file means it, and nothing else is changed.
    /// Method: a number, a word, a list; a rule that is not there; text where a number stands.
    #[test]
    fn a_rule_is_changed_as_it_is_typed() {
        let policy = verger_app::policy_file::load(None).unwrap();
        let all = rules(&policy);
        assert!(all.len() > 50 && !all.contains_key("version"), "{}", all.len());
        for (rule, typed) in [
            ("till.pin_tries_max", "7"),
            ("programme.name", "Verger of the valley"),
            ("programme.languages", "[\"fr\",\"en\"]"),
        ] {
            let next = changed(&policy, rule, typed).unwrap();
            assert_eq!(next.version, policy.version + 1);
            let next = rules(&next);
            assert_eq!(next.get(rule).map(said).as_deref(), Some(typed));
            let others = |rules: &BTreeMap<String, Value>| {
                let mut rules = rules.clone();
                rules.remove(rule);
                rules
            };
            assert_eq!(others(&next), others(&all));
        }
        let field = |rule, typed| changed(&policy, rule, typed).unwrap_err().field;
        for (rule, typed) in [("till", "7"), ("version", "9"), ("till.nothing", "7"), ("", "7")] {
            assert_eq!(field(rule, typed).as_deref(), Some("rule"), "{rule}");
        }
        for typed in ["many", "", "-1", "1.5", "[7]"] {
            assert_eq!(field("till.pin_tries_max", typed).as_deref(), Some("value"), "{typed}");
        }
        assert_eq!(field("till.pin_tries_max", "0").as_deref(), Some("policy"));
    }
}
