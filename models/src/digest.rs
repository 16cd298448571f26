//! The SHA-256 of a file: how it is told from any other.

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// A SHA-256; as text 64 digits, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest(String);

/// Text that is no SHA-256.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SHA-256: 64 hexadecimal digits")]
pub struct InvalidDigest(String);

/// Bytes read at a time: enough that the calls cost nothing beside the hash.
const READ_BYTES: usize = 1 << 20;
const HEX_DIGITS: usize = 64;

impl Digest {
    /// Reads the whole file.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        Self::of_copy(&mut File::open(path)?, &mut io::sink()).map(|(digest, _)| digest)
    }

    /// Copies all that there is to read; answers with its hash and how many bytes it was.
    pub fn of_copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<(Self, u64)> {
        let mut hashing = Hashing::new(to);
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(hashing.finish()),
                Ok(length) => hashing.write_all(&buffer[..length])?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// Hashes what is written through it.
pub struct Hashing<W> {
    to: W,
    hasher: sha2::Sha256,
    size_bytes: u64,
}

impl<W: Write> Hashing<W> {
    /// Writes on to `to`.
    pub fn new(to: W) -> Self {
        Self { to, hasher: sha2::Sha256::new(), size_bytes: 0 }
    }

    /// The hash of what was written, and how many bytes it was.
    pub fn finish(self) -> (Digest, u64) {
        (Digest(self.hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()), self.size_bytes)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.to.write(bytes)?;
        self.hasher.update(&bytes[..length]);
        self.size_bytes += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl FromStr for Digest {
    type Err = InvalidDigest;
    /// Capital digits, as some projects publish them, are taken too.
    fn from_str(text: &str) -> Result<Self, InvalidDigest> {
        match text.len() == HEX_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true => Ok(Self(text.to_ascii_lowercase())),
            false => Err(InvalidDigest(text.to_owned())),
        }
    }
}

impl TryFrom<String> for Digest {
    type Error = InvalidDigest;
    fn try_from(text: String) -> Result<Self, InvalidDigest> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
