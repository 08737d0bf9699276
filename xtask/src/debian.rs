//! What the tests need from the system: a database server, a browser and its Chinese font.
//! Owns finding and installing them. Must not fail a run: what is absent is skipped, and said.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::run::{self, Runner};

/// Something of the system without which some tests are skipped.
struct Need {
    package: &'static str,
    /// What is skipped without it.
    skipped: &'static str,
    is_present: fn() -> bool,
}

const NEEDS: [Need; 4] = [
    Need { package: "postgresql", skipped: "the PostgreSQL tests", is_present: has_postgresql },
    Need { package: "curl", skipped: "the test of the guides", is_present: has_curl },
    Need { package: "chromium", skipped: "the browser tests", is_present: has_browser },
    Need {
        package: "fonts-noto-cjk",
        skipped: "Chinese characters in the browser's pictures",
        is_present: has_chinese_font,
    },
];

/// Patience with a machine that has no network.
const APT_OPTIONS: [&str; 5] =
    ["-q", "-o", "Acquire::Retries=1", "-o", "Acquire::http::Timeout=20"];

/// Installs what is missing where this is possible; one line for each thing that is not.
pub(crate) fn install_missing(runner: &Runner) {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.is_present)()).collect();
    if missing.is_empty() {
        println!("PostgreSQL, a browser and its font are there");
        return;
    }
    let obstacle = obstacle(run::on_path("apt-get").is_some(), is_root());
    if obstacle.is_none() {
        install(runner, &missing);
    }
    for need in missing.iter().filter(|need| !(need.is_present)()) {
        let reason = obstacle.unwrap_or("its installation failed");
        println!("skipped: {}, because {} is missing and {reason}", need.skipped, need.package);
    }
}

fn install(runner: &Runner, missing: &[&Need]) {
    let apt = |verb: &str, packages: &[&str]| {
        let mut args = vec!["DEBIAN_FRONTEND=noninteractive", "apt-get", verb, "-y"];
        args.extend(APT_OPTIONS);
        args.extend(packages);
        runner.program("env", &args).unwrap_or(false)
    };
    apt("update", &[]);
    // One call for each: a package that cannot be had must not keep the others away.
    for need in missing {
        apt("install", &["--no-install-recommends", need.package]);
    }
}

/// Why nothing can be installed here, if so.
fn obstacle(has_apt: bool, is_root: bool) -> Option<&'static str> {
    match (has_apt, is_root) {
        (true, true) => None,
        (true, false) => Some("only root may install it"),
        (false, _) => Some("there is no apt-get to install it"),
    }
}

fn is_root() -> bool {
    let answer = Command::new("id").arg("-u").stdin(Stdio::null()).output();
    answer.is_ok_and(|answer| answer.stdout.trim_ascii() == b"0")
}

fn has_postgresql() -> bool {
    let in_debian = |version: fs::DirEntry| version.path().join("bin/initdb").is_file();
    run::on_path("initdb").is_some()
        || fs::read_dir("/usr/lib/postgresql")
            .is_ok_and(|versions| versions.flatten().any(in_debian))
}

fn has_curl() -> bool {
    run::on_path("curl").is_some()
}

fn has_browser() -> bool {
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .any(|name| run::on_path(name).is_some())
}

fn has_chinese_font() -> bool {
    Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: nothing is installed without the right to; the reason names what is in the way.
    #[test]
    fn installs_only_as_root_with_apt() {
        assert_eq!(obstacle(true, true), None);
        assert_eq!(obstacle(true, false), Some("only root may install it"));
        assert!(obstacle(false, true).is_some());
        assert!(obstacle(false, false).is_some());
    }
}
