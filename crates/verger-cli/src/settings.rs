//! Settings: flag, then environment, then file, then default. Owns the order and what `config show`
//! tells; the only place that knows where a value came from.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde::{Deserialize, Serialize};
use verger_app::clock::Clock;
use verger_app::{App, Config, Secret, policy_file};
use verger_domain::policy::Policy;
use verger_store::{Location, Store};

use crate::args::{Args, Format};
use crate::output;

/// The effective settings.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) data: PathBuf,
    pub(crate) listen: SocketAddr,
    database_url: Option<String>,
    policy: Option<PathBuf>,
    origins: Vec<Origin>,
}

/// One setting, as `config show` prints it.
#[derive(Clone, Debug, Serialize)]
struct Origin {
    setting: &'static str,
    value: String,
    from: String,
}

/// The settings file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SettingsFile {
    data: Option<PathBuf>,
    database_url: Option<String>,
    database_url_file: Option<PathBuf>,
    listen: Option<SocketAddr>,
    policy: Option<PathBuf>,
}

impl Settings {
    /// The settings of this run.
    pub(crate) fn load(args: &Args, matches: &ArgMatches) -> anyhow::Result<Self> {
        let given = &args.settings;
        let (file, path) = match &given.config {
            None => (SettingsFile::default(), PathBuf::new()),
            Some(path) => (read_file(path)?, path.clone()),
        };
        let mut origins = Vec::new();
        let mut note = |setting: &'static str, value: String, is_from_file: bool| {
            let from = if is_from_file {
                format!("file {}", path.display())
            } else {
                origin_of(matches, setting)
            };
            origins.push(Origin { setting, value, from });
        };
        let is_set = |setting: &str| {
            matches!(
                matches.value_source(setting),
                Some(ValueSource::CommandLine | ValueSource::EnvVariable)
            )
        };
        let from_file = |setting: &str, has: bool| has && !is_set(setting);

        let is_file = from_file("data", file.data.is_some());
        let data = file.data.filter(|_| is_file).unwrap_or_else(|| given.data.clone());
        note("data", data.display().to_string(), is_file);

        let is_file = from_file("listen", file.listen.is_some());
        let listen = file.listen.filter(|_| is_file).unwrap_or(given.listen);
        note("listen", listen.to_string(), is_file);

        let is_file = from_file("policy", file.policy.is_some());
        let policy = file.policy.filter(|_| is_file).or_else(|| given.policy.clone());
        let shown = policy.as_ref().map_or("(shipped)".to_owned(), |p| p.display().to_string());
        note("policy", shown, is_file);

        let is_file = from_file("database_url_file", file.database_url_file.is_some());
        let url_file = file.database_url_file.filter(|_| is_file);
        let url_file = url_file.or_else(|| given.database_url_file.clone());
        let is_file = from_file("database_url", file.database_url.is_some());
        let url = file.database_url.filter(|_| is_file).or_else(|| given.database_url.clone());
        let database_url = match (url, &url_file) {
            (Some(url), _) => Some(url),
            (None, None) => None,
            (None, Some(path)) => Some(read_secret(path)?),
        };
        let shown = if database_url.is_some() { "(set, not shown)" } else { "(none: SQLite)" };
        note("database_url", shown.to_owned(), is_file);
        Ok(Self { data, listen, database_url, policy, origins })
    }

    /// Where the books are.
    pub(crate) fn store(&self) -> Store {
        Store::new(match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Folder(self.data.clone()),
        })
    }

    /// The programme policy, complete and valid.
    pub(crate) fn policy(&self) -> anyhow::Result<Policy> {
        Ok(policy_file::load(self.policy.as_deref())?)
    }

    /// Opens the books for writing.
    pub(crate) fn open_app(&self, clock: Arc<dyn Clock>, secret: Secret) -> anyhow::Result<App> {
        let config = Config::new(self.store(), clock, self.policy()?, secret);
        Ok(App::open(config)?)
    }

    /// The file with the deployment's secret.
    pub(crate) fn secret_path(&self) -> PathBuf {
        self.data.join("secret.key")
    }

    /// The deployment's secret; made at the first start.
    pub(crate) fn secret(&self) -> anyhow::Result<Secret> {
        self.make_folder()?;
        Ok(Secret::load_or_create(&self.secret_path())?)
    }

    /// Makes the data folder.
    pub(crate) fn make_folder(&self) -> anyhow::Result<()> {
        let problem = || {
            let folder = self.data.display();
            format!("the data folder {folder} cannot be made; choose another with --data")
        };
        std::fs::create_dir_all(&self.data).with_context(problem)
    }

    /// Prints the settings and the effective policy.
    pub(crate) fn show(&self, format: Format) -> anyhow::Result<ExitCode> {
        let policy = self.policy()?;
        if format == Format::Json {
            #[derive(Serialize)]
            struct Shown<'a> {
                settings: &'a [Origin],
                policy: &'a Policy,
            }
            output::print_json(&Shown { settings: &self.origins, policy: &policy })?;
            return Ok(ExitCode::SUCCESS);
        }
        let rows = self.origins.iter();
        let rows = rows.map(|o| vec![o.setting.to_owned(), o.value.clone(), o.from.clone()]);
        output::print_table(&["setting", "value", "from"], rows.collect());
        let name = &policy.programme.name;
        output::say(&format!("\nProgramme policy: {name}, version {}.", policy.version));
        output::say("All of it: verger config show --format json");
        Ok(ExitCode::SUCCESS)
    }
}

fn origin_of(matches: &ArgMatches, setting: &str) -> String {
    match matches.value_source(setting) {
        Some(ValueSource::CommandLine) => "command line".to_owned(),
        Some(ValueSource::EnvVariable) => {
            format!("environment VERGER_{}", setting.to_ascii_uppercase())
        }
        _ => "default".to_owned(),
    }
}

fn read_file(path: &Path) -> anyhow::Result<SettingsFile> {
    let text = std::fs::read_to_string(path);
    let text =
        text.with_context(|| format!("the settings file {} cannot be read", path.display()))?;
    let parsed = toml::from_str(&text);
    parsed.with_context(|| format!("the settings file {} is wrong", path.display()))
}

fn read_secret(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path);
    let text = text.with_context(|| format!("the file {} cannot be read", path.display()))?;
    Ok(text.trim().to_owned())
}
