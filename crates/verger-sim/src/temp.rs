//! Folders that go away with their owner. Owns names that no other test of the machine has.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A new, empty folder under the system's temporary folder, removed when dropped.
#[derive(Debug)]
pub struct TempFolder {
    path: PathBuf,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl TempFolder {
    /// Makes the folder.
    ///
    /// # Errors
    /// When the system's temporary folder cannot be written.
    pub fn new() -> std::io::Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("verger-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        // A folder left by a killed process of the same number is not ours.
        if path.exists() {
            std::fs::remove_dir_all(&path)?;
        }
        std::fs::create_dir_all(&path)?;
        Ok(Self { path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TempFolder {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the system some day.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
