//! Commands of the operator's own machine: villages and tokens. They write through a lane like
//! everyone, so the server must be stopped while they run.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use serde::Serialize;
use verger_app::App;
use verger_app::clock::{Clock, SystemClock};
use verger_domain::id::{CellId, CommandId, PartyId, VillageId};
use verger_domain::party::{CodeOf, Duty, Party, PartyKind, Profile, Scope};
use verger_domain::{Actor, Body, Command};
use verger_store::CellMove;

use crate::args::{Format, TokenCommand, VillageCommand};
use crate::output;
use crate::settings::Settings;

/// Lists or moves villages.
pub(crate) fn village(
    settings: &Settings,
    command: &VillageCommand,
    format: Format,
) -> anyhow::Result<ExitCode> {
    match command {
        VillageCommand::List => list(settings, format),
        VillageCommand::Operator { village, code, name, name_latin } => {
            let names = Profile {
                facts: BTreeMap::new(),
                name: name.clone(),
                name_latin: name_latin.clone(),
                salt: [0; 32],
            };
            let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
            let let_in = operator(&app, VillageId::new(*village), code, names);
            app.close();
            output::say(&let_in?);
            Ok(ExitCode::SUCCESS)
        }
        VillageCommand::Move { village, to } => {
            move_village(settings, VillageId::new(*village), *to)
        }
    }
}

fn list(settings: &Settings, format: Format) -> anyhow::Result<ExitCode> {
    #[derive(Serialize)]
    struct Line {
        village: VillageId,
        code: String,
        name: String,
        cell: CellId,
    }
    let mut reader = settings.store().reader()?;
    let mut lines = Vec::new();
    for (village, cell) in reader.routes()? {
        if let Some(row) = reader.village(cell, village)? {
            let (code, name) = (row.code.to_string(), row.name_latin);
            lines.push(Line { village, code, name, cell });
        }
    }
    if format == Format::Json {
        output::print_json(&lines)?;
    } else {
        let rows = lines.into_iter().map(|line| {
            vec![line.village.to_string(), line.code, line.name, line.cell.to_string()]
        });
        output::print_table(&["village", "code", "name", "cell"], rows.collect());
    }
    Ok(ExitCode::SUCCESS)
}

/// Registers an operator, who gets a first password; the others come in on the console's page.
fn operator(app: &App, village: VillageId, code: &str, names: Profile) -> anyhow::Result<String> {
    let id: PartyId = app.new_id();
    let salt = app.secret().digest("salt", &[&id.to_bytes()]);
    let party = Party {
        certified: BTreeSet::new(),
        code: code.parse().with_context(|| format!("{code:?} is not a short code, such as ST1"))?,
        duty: Duty::default(),
        household: None,
        id,
        kind: PartyKind::Staff,
        village,
    };
    let (text, pin) = app.first_secret((id, PartyKind::Staff))?;
    let key = app.one_time_key(id, &pin.phc);
    let profile = Profile { salt, ..names };
    for body in
        [Body::RegisterParty { party, profile }, Body::SetPin { pin, member: id, proof: None }]
    {
        let command = Command { id: app.new_id(), village, actor: Actor::System, body };
        app.submit_blocking(command)?.accepted()?;
    }
    Ok(format!(
        "Code:                   {code}\n\
         First password:         {text}\n\
         Key of one-time codes:  {key}\n\
         This is shown once. Sign in at /en/sign-in and set a password of your own."
    ))
}

fn move_village(settings: &Settings, village: VillageId, to: u16) -> anyhow::Result<ExitCode> {
    let store = settings.store();
    let _lock = store.lock()?;
    let last = CellId::COUNT.saturating_sub(1);
    let to = CellId::new(to).with_context(|| format!("cells are numbered 0 to {last}"))?;
    let routes = store.reader()?.routes()?;
    let from = *routes.get(&village).with_context(|| format!("there is no village {village}"))?;
    if from == to {
        output::say(&format!("Village {village} is in cell {to} already."));
        return Ok(ExitCode::SUCCESS);
    }
    let at = SystemClock.now();
    let mut writer = store.writer()?;
    writer.claim(&[from, to], "embedded", at)?;
    let secret = settings.secret()?;
    let key = |step: &str| -> CommandId {
        // The key names the move and its moment, so that the two records belong together.
        let parts = [step.as_bytes(), &at.micros().to_be_bytes()];
        let mut bits = [0; 16];
        bits.copy_from_slice(secret.digest("move village", &parts).split_at(16).0);
        CommandId::from_bytes(bits)
    };
    writer.move_village(CellMove { village, from, to, keys: [key("leave"), key("enter")], at })?;
    writer.renew(None)?;
    output::say(&format!("Village {village} moved from cell {from} to cell {to}."));
    Ok(ExitCode::SUCCESS)
}

/// Makes a token.
pub(crate) fn token(settings: &Settings, command: &TokenCommand) -> anyhow::Result<ExitCode> {
    let TokenCommand::Issue { village, party, scopes, days } = command;
    let village = VillageId::new(*village);
    let scopes = parse_scopes(scopes)?;
    let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
    let issued = issue(&app, village, party, scopes, *days);
    app.close();
    output::say(&issued?);
    Ok(ExitCode::SUCCESS)
}

fn parse_scopes(names: &[String]) -> anyhow::Result<BTreeSet<Scope>> {
    let mut scopes = BTreeSet::new();
    for name in names {
        let Some(scope) = Scope::by_name(name) else {
            let known: Vec<&str> = Scope::ALL.iter().map(|scope| scope.name()).collect();
            bail!("there is no scope {name}; the scopes are {}", known.join(", "));
        };
        scopes.insert(scope);
    }
    Ok(scopes)
}

fn issue(
    app: &App,
    village: VillageId,
    party: &str,
    scopes: BTreeSet<Scope>,
    days: u16,
) -> anyhow::Result<String> {
    let code = party.to_owned();
    let subject = app.ask_blocking(village, move |reader, cell| {
        reader.subject_of(cell, village, CodeOf::Party, &code)
    })?;
    let party = subject.map(PartyId::from_bits);
    let party = party.with_context(|| format!("village {village} has no party {party:?}"))?;
    let expires_at = app.now().at.plus_seconds(u32::from(days).saturating_mul(86_400));
    let new = app.new_token(village, party, scopes, expires_at);
    let body = Body::IssueToken { token: new.token };
    let command = Command { id: app.new_id(), village, actor: Actor::System, body };
    app.submit_blocking(command)?.accepted()?;
    Ok(new.text)
}
