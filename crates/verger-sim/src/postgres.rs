//! A throw-away PostgreSQL server in a temporary folder, reached through a socket in that folder.
//! Owns its processes: started here, ended here, by their own control program.

use std::fmt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::temp::TempFolder;

/// How safe the server's disk writes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Every commit reaches the disk, as in production.
    Full,
    /// Commits may be lost with the machine; quick, for tests that do not crash it.
    None,
}

/// A running server.
#[derive(Debug)]
pub struct PostgresServer {
    folder: TempFolder,
    programs: PathBuf,
    user: Option<User>,
    databases: std::sync::atomic::AtomicU32,
}

/// A user of the machine.
#[derive(Clone, Copy, Debug)]
struct User {
    uid: u32,
    gid: u32,
}

/// Why there is no server.
#[derive(Debug)]
pub enum ServerError {
    /// PostgreSQL is not installed.
    NotInstalled,
    /// A program of PostgreSQL failed.
    Failed {
        /// Which.
        program: String,
        /// What it printed.
        output: String,
    },
    /// The system refused a file or a process.
    Io(std::io::Error),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled => f.write_str("PostgreSQL is not installed (package postgresql)"),
            Self::Failed { program, output } => write!(f, "{program} failed: {output}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for ServerError {}
impl From<std::io::Error> for ServerError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl PostgresServer {
    /// Makes a cluster and starts it.
    ///
    /// # Errors
    /// [`ServerError::NotInstalled`], or what its programs say.
    pub fn start(durability: Durability) -> Result<Self, ServerError> {
        let programs = find_programs().ok_or(ServerError::NotInstalled)?;
        let folder = TempFolder::new()?;
        // The server refuses to run as root: then it runs as a user without rights.
        let user = is_root(folder.path())?.then(unprivileged_user).flatten();
        if let Some(user) = user {
            std::os::unix::fs::chown(folder.path(), Some(user.uid), Some(user.gid))?;
        }
        let databases = std::sync::atomic::AtomicU32::new(0);
        let server = Self { folder, programs, user, databases };
        let data = server.data();
        server.run(
            "initdb",
            &["-D", &data, "-U", "verger", "-A", "trust", "-E", "UTF8", "--no-sync"],
        )?;
        let config = server.folder.path().join("data/postgresql.auto.conf");
        let sync = if durability == Durability::Full { "on" } else { "off" };
        let socket = server.folder.path().display().to_string();
        std::fs::write(
            config,
            format!(
                "listen_addresses = ''\nunix_socket_directories = '{socket}'\nfsync = {sync}\n\
                 synchronous_commit = {sync}\nfull_page_writes = {sync}\nmax_connections = 64\n\
                 shared_buffers = 256MB\nmax_wal_size = 2GB\nautovacuum_naptime = 20s\n"
            ),
        )?;
        server.boot()?;
        Ok(server)
    }

    /// Starts the server again after [`PostgresServer::kill`].
    ///
    /// # Errors
    /// What its programs say.
    pub fn boot(&self) -> Result<(), ServerError> {
        let log = self.folder.path().join("log").display().to_string();
        self.run("pg_ctl", &["-D", &self.data(), "-l", &log, "-w", "-t", "60", "start"])
    }

    /// Ends the server as a crash does: nothing is flushed, the next start recovers.
    ///
    /// # Errors
    /// What its programs say.
    pub fn kill(&self) -> Result<(), ServerError> {
        self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"])
    }

    /// Makes a new, empty database and returns how to reach it.
    ///
    /// # Errors
    /// What its programs say.
    pub fn database(&self) -> Result<String, ServerError> {
        let number = self.databases.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let (name, socket) = (format!("books{number}"), self.folder.path().display().to_string());
        self.run("createdb", &["-h", &socket, "-U", "verger", &name])?;
        Ok(format!("host={socket} user=verger dbname={name}"))
    }

    /// Runs statements in a database, beside whoever uses it: for faults that tests put in.
    ///
    /// # Errors
    /// What its programs say.
    pub fn sql(&self, database: &str, statements: &str) -> Result<(), ServerError> {
        self.run("psql", &["-v", "ON_ERROR_STOP=1", "-q", "-d", database, "-c", statements])
    }

    fn data(&self) -> String {
        self.folder.path().join("data").display().to_string()
    }

    fn run(&self, program: &str, args: &[&str]) -> Result<(), ServerError> {
        let output_path = self.folder.path().join("output");
        let output = std::fs::File::create(&output_path)?;
        let mut command = Command::new(self.programs.join(program));
        // The server inherits these: a pipe would stay open as long as it runs.
        command.args(args).stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output);
        command.env("LC_ALL", "C").current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user.uid).gid(user.gid);
        }
        if command.status()?.success() {
            return Ok(());
        }
        let output = std::fs::read_to_string(&output_path).unwrap_or_default();
        Err(ServerError::Failed { program: program.to_owned(), output })
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // A server that is down already is what is wanted.
        let _ = self.kill();
    }
}

/// The folder with `initdb`: on the path, or where Debian puts it.
fn find_programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> =
        debian.filter_map(Result::ok).map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.into_iter().rfind(|folder| folder.join("initdb").exists())
}

fn is_root(folder: &Path) -> Result<bool, ServerError> {
    use std::os::unix::fs::MetadataExt;
    Ok(std::fs::metadata(folder)?.uid() == 0)
}

/// The user `postgres` or `nobody`, from the list of users.
fn unprivileged_user() -> Option<User> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let uid = fields.next()?.parse().ok()?;
        Some(User { uid, gid: fields.next()?.parse().ok()? })
    })
}
