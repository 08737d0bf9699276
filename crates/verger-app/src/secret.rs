//! The deployment's secret and the machine's randomness. Owns everything that must not be guessed;
//! prints none of it.

use std::io::Write;
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use verger_domain::codec::{self, Hash};

/// Bits that only this deployment knows: keys the digests of PINs and the salts of profiles.
#[derive(Clone)]
pub struct Secret(Hash);

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read or written.
    #[error("the secret file {} cannot be used", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("the secret file {} must hold 64 hexadecimal digits", .0.display())]
    Malformed(PathBuf),
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A secret that everybody can know: for demonstrations and tests only.
    pub fn public_demo() -> Self {
        Self(codec::sha256(b"verger demonstration secret"))
    }

    /// Reads the secret, or makes one, readable by its owner only, when there is no file yet.
    ///
    /// # Errors
    /// When the file cannot be used or holds something else.
    pub fn load_or_create(path: &Path) -> Result<Self, SecretError> {
        let io = |source| SecretError::Io { path: path.to_owned(), source };
        match std::fs::read_to_string(path) {
            Ok(text) => {
                let hash = codec::hash_from_hex(text.trim());
                hash.map(Self).ok_or_else(|| SecretError::Malformed(path.to_owned()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let secret = Self(random());
                secret.write(path)?;
                Ok(secret)
            }
            Err(source) => Err(io(source)),
        }
    }

    /// Writes the secret to a file, readable by its owner only.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), SecretError> {
        let io = |source| SecretError::Io { path: path.to_owned(), source };
        let mut options = std::fs::File::options();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path).map_err(io)?;
        writeln!(file, "{}", codec::to_hex(&self.0)).map_err(io)?;
        file.sync_all().map_err(io)
    }

    /// A keyed digest of some parts, for one purpose.
    pub fn digest(&self, purpose: &str, parts: &[&[u8]]) -> Hash {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes any key length");
        mac.update(purpose.as_bytes());
        for part in parts {
            // Each part with its length, so that no two lists of parts read the same.
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            mac.update(&length.to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// What a payment provider puts into the header of its messages: the time and an HMAC over it and
/// the body. The demonstration's provider and the load driver sign with it.
pub fn webhook_signature(key: &Hash, at_seconds: u64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes any key length");
    mac.update(at_seconds.to_string().as_bytes());
    mac.update(b".");
    mac.update(body);
    let digest: Hash = mac.finalize().into_bytes().into();
    format!("t={at_seconds},v1={}", codec::to_hex(&digest))
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

/// A name that no other process has.
pub(crate) fn random_name() -> String {
    codec::to_hex(&random::<8>())
}
