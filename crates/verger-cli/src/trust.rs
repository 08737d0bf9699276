//! Commands about trust: explain a household's, replay a file, run the night's batch.

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use verger_app::clock::SystemClock;
use verger_app::weigher::Weigher;
use verger_app::{App, crew};
use verger_domain::id::{PartyId, VillageId};
use verger_domain::party::CodeOf;
use verger_sim::trust_replay;
use verger_words::text::Lang;

use crate::args::{Format, TrustCommand};
use crate::output;
use crate::settings::Settings;

pub(crate) fn run(
    settings: &Settings,
    command: &TrustCommand,
    format: Format,
) -> anyhow::Result<ExitCode> {
    match command {
        TrustCommand::Replay { file } => {
            let policy = settings.policy()?;
            let input = File::open(file).with_context(|| format!("{}", file.display()))?;
            let found = trust_replay::run(&policy, BufReader::new(input), &crew::all_processors());
            output::print_json(&found.with_context(|| format!("{}", file.display()))?)?;
            Ok(ExitCode::SUCCESS)
        }
        TrustCommand::Explain { member, village, language } => {
            let lang = Lang::by_tag(language);
            let lang = lang.with_context(|| format!("{language}: use zh-CN, fr or en"))?;
            with_app(settings, |app| explain(app, VillageId::new(*village), member, lang))
        }
        TrustCommand::Batch { village } => {
            with_app(settings, |app| batch(app, village.map(VillageId::new), format))
        }
    }
}

fn with_app(
    settings: &Settings,
    work: impl FnOnce(&App) -> anyhow::Result<()>,
) -> anyhow::Result<ExitCode> {
    let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
    let done = work(&app);
    app.close();
    done?;
    Ok(ExitCode::SUCCESS)
}

fn explain(app: &App, village: VillageId, member: &str, lang: Lang) -> anyhow::Result<()> {
    let party = if let Ok(party) = member.parse::<PartyId>() {
        party
    } else {
        let code = member.to_owned();
        let found = app.ask_blocking(village, move |reader, cell| {
            reader.subject_of(cell, village, CodeOf::Party, &code)
        });
        let bits = found?.with_context(|| format!("there is no {member} in village {village}"))?;
        PartyId::from_bits(bits)
    };
    let trust = app.trust_blocking(village, party)?;
    output::say(verger_words::trust::slip(lang, &trust).trim_end());
    Ok(())
}

fn batch(app: &App, village: Option<VillageId>, format: Format) -> anyhow::Result<()> {
    let villages: Vec<VillageId> = match village {
        Some(village) => vec![village],
        None => app.villages().into_keys().collect(),
    };
    if villages.is_empty() {
        bail!("there is no village yet");
    }
    let mut weigher = Weigher::default();
    let mut lines = Vec::new();
    for village in villages {
        if let Some((row, is_new)) = weigher.run(app, village)? {
            let state = if is_new { "new" } else { "in force" };
            lines.push(vec![
                village.to_string(),
                row.number.to_string(),
                row.on.to_string(),
                row.rounds.to_string(),
                state.to_owned(),
            ]);
        }
    }
    if format == Format::Json {
        output::print_json(&lines)?;
    } else {
        output::print_table(&["village", "batch", "window up to", "rounds", ""], lines);
    }
    Ok(())
}
