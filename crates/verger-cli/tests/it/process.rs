//! The built program as a child process. Owns starting, waiting and ending it.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The program with settings of its own: nothing comes from the environment of the test.
pub(crate) fn verger(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verger"));
    command.args(args).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VERGER_") {
            command.env_remove(name);
        }
    }
    command
}

/// Whether slow suites shall be left out: the inner loop says so.
pub(crate) fn is_quick() -> bool {
    let is_quick = std::env::var_os("VERGER_QUICK").is_some();
    if is_quick {
        println!("skipped in the quick loop");
    }
    is_quick
}

/// Runs the program to its end.
pub(crate) fn run(args: &[&str]) -> Output {
    verger(args).output().unwrap()
}

/// Standard output of a run, as text.
pub(crate) fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Standard error of a run, as text.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A running `verger serve`.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    pub(crate) fn start(folder: &Path, database_url: Option<&str>) -> Self {
        Self::start_as("serve", folder, database_url)
    }

    /// Starts it by one of the commands that serve.
    pub(crate) fn start_as(command: &str, folder: &Path, database_url: Option<&str>) -> Self {
        let address = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
        let (data, listen) = (folder.display().to_string(), address.to_string());
        let mut args = vec![command, "--data", &data, "--listen", &listen];
        if let Some(url) = database_url {
            args.extend(["--database-url", url]);
        }
        let mut child = verger(&args).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let output = child.stdout.take().unwrap();
        let mut lines = BufReader::new(output).lines();
        let serves = lines.any(|line| line.unwrap().starts_with("Serving "));
        assert!(serves, "the server ended before it served");
        Self { child, address }
    }

    /// Ends it as a crash does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop and returns whether it ended well.
    pub(crate) fn stop(mut self) -> bool {
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().unwrap();
        asked.success() && self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Ended already where the test came to its end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
