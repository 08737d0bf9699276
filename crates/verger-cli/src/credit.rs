//! Commands about loans: decisions made again, months closed. Owns their output.

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use serde::Serialize;
use verger_app::clock::SystemClock;
use verger_app::credit::{Closed, replay};
use verger_domain::id::VillageId;

use crate::args::{CreditCommand, Format};
use crate::settings::Settings;
use crate::{EXIT_DIFFERENCES, output};

/// Does what is asked about loans.
pub(crate) fn run(
    settings: &Settings,
    command: &CreditCommand,
    format: Format,
) -> anyhow::Result<ExitCode> {
    match command {
        CreditCommand::Replay => replay_all(settings, format),
        CreditCommand::Close { month, village } => {
            let month = month.parse().context("write a month as 2026-10")?;
            let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
            let closed = app.close_credit(VillageId::new(*village), month);
            app.close();
            print_close(&closed?, format)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn replay_all(settings: &Settings, format: Format) -> anyhow::Result<ExitCode> {
    #[derive(Serialize)]
    struct Line<'a> {
        decisions: u64,
        differences: &'a [String],
    }
    let bar = output::progress_bar("deciding again");
    let replayed = replay(&settings.store(), &mut |done| bar.set_position(done));
    bar.finish_and_clear();
    let replayed = replayed?;
    if format == Format::Json {
        let (decisions, differences) = (replayed.decisions, replayed.differences.as_slice());
        output::print_json(&Line { decisions, differences })?;
    } else {
        for place in &replayed.differences {
            output::say(&format!("DIFFERENT  {place}"));
        }
        let (decisions, different) = (replayed.decisions, replayed.differences.len());
        output::say(&format!("Decisions {decisions}, different {different}."));
    }
    let is_same = replayed.differences.is_empty();
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::from(EXIT_DIFFERENCES) })
}

fn print_close(closed: &Closed, format: Format) -> anyhow::Result<()> {
    #[derive(Serialize)]
    struct Line {
        counted: u64,
        loans: u64,
        olb_minor: i64,
        par30_bps: u32,
        par90_bps: u32,
        provision_minor: i64,
    }
    let line = Line {
        counted: closed.counted,
        loans: closed.measures.loans,
        olb_minor: closed.measures.olb_minor,
        par30_bps: closed.measures.par30_bps(),
        par90_bps: closed.measures.par90_bps(),
        provision_minor: closed.provision_minor,
    };
    if format == Format::Json {
        return output::print_json(&line);
    }
    output::say(&format!(
        "Closed: {} borrowers counted, {} loans, {} out, PAR30 {} bps, PAR90 {} bps, {} set aside.",
        line.counted,
        line.loans,
        line.olb_minor,
        line.par30_bps,
        line.par90_bps,
        line.provision_minor
    ));
    Ok(())
}
