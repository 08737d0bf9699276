//! Serving: opens the books, serves pages and the API until a signal, then drains and closes.

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::signal::unix::{SignalKind, signal};
use verger_app::App;
use verger_app::clock::SystemClock;
use verger_app::weigher::Weigher;
use verger_sim::demo;

use crate::output;
use crate::settings::Settings;

/// How soon after midnight the batches of weights run at the latest.
const BETWEEN_LOOKS: Duration = Duration::from_mins(10);

/// Serves until SIGTERM or SIGINT.
pub(crate) fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    let app = settings.open_app(Arc::new(SystemClock), settings.secret()?)?;
    if app.villages().is_empty() {
        output::say("There is no village yet. To look around: verger demo");
    }
    let served = serve(settings, &app, false);
    app.close();
    served?;
    Ok(ExitCode::SUCCESS)
}

/// Serves an open app until a signal; the caller closes it.
pub(crate) fn serve(settings: &Settings, app: &App, is_demo: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        let shutdown = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        let listen = settings.listen;
        let taken = || format!("{listen} cannot be served; choose another address with --listen");
        let listener = TcpListener::bind(listen).with_context(taken)?;
        output::say(&format!("Serving http://{listen}/ (API: http://{listen}/api/docs)"));
        output::say("Stop with Ctrl-C.");
        let doors = if is_demo { demo::DOORS.as_slice() } else { &[] };
        let door = |(code, secret): &(&str, &str)| verger_web::Door {
            village: demo::VILLAGE,
            code: (*code).to_owned(),
            secret: (*secret).to_owned(),
        };
        let web = verger_web::Settings {
            listen,
            demo: is_demo,
            version: env!("CARGO_PKG_VERSION"),
            doors: doors.iter().map(door).collect(),
        };
        let nightly = tokio::spawn(weigh_nightly(app.clone()));
        let served = verger_web::serve_on(listener, app.clone(), web, shutdown).await;
        nightly.abort();
        served.with_context(taken)
    })
}

/// Looks now and then whether a new day has begun, and runs the batches of weights that are due.
async fn weigh_nightly(app: App) {
    let mut weigher = Weigher::default();
    let mut rounds = tokio::time::interval(BETWEEN_LOOKS);
    loop {
        rounds.tick().await;
        let app = app.clone();
        let done = tokio::task::spawn_blocking(move || {
            weigher.run_due(&app);
            weigher
        });
        match done.await {
            Ok(kept) => weigher = kept,
            // What it had remembered is read again.
            Err(_) => weigher = Weigher::default(),
        }
    }
}
