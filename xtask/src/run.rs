//! Starting cargo and other programs: environment, streaming of their output, time taken.
//! Owns processes. Must not know which steps exist or in which order they run.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::counts::{Counts, Format, Tally};
use crate::workspace;

/// Runs programs at the root of the workspace, all with the same environment and no input.
pub(crate) struct Runner {
    root: PathBuf,
    variables: Vec<(&'static str, OsString)>,
}

impl Runner {
    /// A runner whose programs see the caller's environment; on a CI machine that chose no target
    /// folder they share one outside of the checkout, so that the next run finds it warm.
    pub(crate) fn new(root: &Path) -> Self {
        let mut variables = Vec::new();
        if let (None, Some(_), Some(home)) =
            (env::var_os("CARGO_TARGET_DIR"), env::var_os("CI"), env::var_os("HOME"))
        {
            let shared = Path::new(&home).join(".cache").join("verger-target");
            variables.push(("CARGO_TARGET_DIR", shared.into_os_string()));
        }
        // A piped child cannot see that a person watches.
        let coloured = env::var_os("CARGO_TERM_COLOR").is_none()
            && env::var_os("NO_COLOR").is_none()
            && io::stdout().is_terminal()
            && io::stderr().is_terminal();
        if coloured {
            variables.push(("CARGO_TERM_COLOR", "always".into()));
        }
        Self { root: root.to_path_buf(), variables }
    }

    /// The same runner with one more variable.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.variables.push((name, value.into()));
        self
    }

    /// Runs cargo with the caller's output; whether it succeeded.
    pub(crate) fn cargo(&self, args: &[&str]) -> Result<bool> {
        self.finish(workspace::cargo().args(args))
    }

    /// Runs cargo and keeps its output to itself; whether it succeeded.
    pub(crate) fn quiet_cargo(&self, args: &[&str]) -> Result<bool> {
        let mut command = workspace::cargo();
        self.prepare(command.args(args));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Ok(command.status().context("cannot run cargo")?.success())
    }

    /// Runs any program with the caller's output; whether it succeeded.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>, args: &[&str]) -> Result<bool> {
        self.finish(Command::new(program).args(args))
    }

    /// Whether this cargo has the subcommand.
    pub(crate) fn has_subcommand(&self, name: &str) -> bool {
        let mut command = workspace::cargo();
        self.prepare(command.args([name, "--version"]));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }

    /// Runs tests by cargo, passing their output on as it comes, and counts them.
    ///
    /// A run that fails without a failed test (it did not compile, say) counts as one failure.
    pub(crate) fn tests(&self, args: &[&str], format: Format) -> Result<Counts> {
        let mut command = workspace::cargo();
        self.prepare(command.args(args));
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run cargo {}", args.join(" ")))?;

        let tally = Mutex::new(Tally::new(format));
        let (from_stdout, from_stderr) = (child.stdout.take(), child.stderr.take());
        thread::scope(|scope| {
            scope.spawn(|| from_stdout.map(|from| pass_on(from, io::stdout(), &tally)));
            scope.spawn(|| from_stderr.map(|from| pass_on(from, io::stderr(), &tally)));
        });
        let status = child.wait().context("cannot wait for cargo")?;

        let counts = tally.into_inner().unwrap_or_else(PoisonError::into_inner).counts;
        let silent_failure = !status.success() && counts.failed == 0;
        Ok(if silent_failure { counts.plus(Counts::ONE_FAILED) } else { counts })
    }

    fn finish(&self, command: &mut Command) -> Result<bool> {
        self.prepare(command);
        let name = command.get_program().to_os_string();
        let status =
            command.status().with_context(|| format!("cannot run {}", name.to_string_lossy()))?;
        Ok(status.success())
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.root).stdin(Stdio::null());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
    }
}

/// Copies bytes at once, and hands complete lines to the tally. A reader that went away (a closed
/// pipe) does not stop the tests.
fn pass_on(mut from: impl Read, mut to: impl Write, tally: &Mutex<Tally>) {
    let mut buffer = [0_u8; 8192];
    let mut pending = Vec::new();
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(fault) if fault.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        drop(to.write_all(bytes).and_then(|()| to.flush()));
        pending.extend_from_slice(bytes);
        while let Some(end) = pending.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            take_line(&line, tally);
        }
    }
    take_line(&pending, tally);
}

fn take_line(line: &[u8], tally: &Mutex<Tally>) {
    let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
    tally.line(&String::from_utf8_lossy(line));
}

/// Runs `work` and says how long it took.
#[expect(
    clippy::disallowed_methods,
    reason = "this tool measures real time for a person; no rule of the product depends on it"
)]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let answer = work();
    (answer, start.elapsed())
}

/// The program's file on the search path, if it is there.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}
