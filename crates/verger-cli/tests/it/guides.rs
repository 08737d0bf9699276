//! The guides are run: what they tell people to type works, in this order, on a new machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use verger_sim::temp::TempFolder;

use super::process::{Server, is_quick};

/// A block of commands of a guide.
struct Block {
    /// Whether a server runs meanwhile.
    is_served: bool,
    commands: String,
}

/// The blocks that begin with `sh`, those with `sh serve` beside a running server.
fn blocks(guide: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in guide.lines() {
        match (&mut open, line) {
            (None, "```sh") => open = Some(Block { is_served: false, commands: String::new() }),
            (None, "```sh serve") => {
                open = Some(Block { is_served: true, commands: String::new() });
            }
            (Some(_), "```") => blocks.extend(open.take()),
            (Some(block), line) => {
                block.commands.push_str(line);
                block.commands.push('\n');
            }
            (None, _) => {}
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Runs a script in a folder, with the program on its path; what it exported is there in the next.
fn run_block(folder: &Path, commands: &str, address: Option<String>) {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_verger"));
    let programs = program.parent().unwrap().display().to_string();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let script =
        format!("set -eu\n[ -f .exported ] && . ./.exported\n{commands}export -p > .exported\n");
    let mut command = Command::new("bash");
    command.args(["-c", &script]).current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("VERGER_") {
            command.env_remove(name);
        }
    }
    command.env("PATH", format!("{programs}:{}", path.display()));
    command.env("VERGER", address.unwrap_or_default());
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{commands}\n{told}");
}

/// Goal: every command of every guide does what the guide says.
/// Method: the blocks of each guide, one after the other, in a folder of its own.
#[test]
fn the_guides_work() {
    if is_quick() {
        return;
    }
    if Command::new("curl").arg("--version").output().is_err() {
        println!("skipped the guides: curl is not installed (package curl)");
        return;
    }
    let guides = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/guides");
    let mut count = 0;
    for entry in std::fs::read_dir(guides).unwrap() {
        let guide = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let folder = TempFolder::new().unwrap();
        for block in blocks(&guide) {
            count += 1;
            if block.is_served {
                let server = Server::start(&folder.path().join("verger-data"), None);
                let address = format!("http://{}", server.address);
                // The export of an earlier block must not hide the address of this server.
                let commands = format!("VERGER={address}\n{}", block.commands);
                run_block(folder.path(), &commands, Some(address));
                assert!(server.stop());
            } else {
                run_block(folder.path(), &block.commands, None);
            }
        }
    }
    assert!(count >= 12, "only {count} blocks");
}
