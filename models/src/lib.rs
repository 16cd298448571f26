//! The models that Iris knows, and the folder where an operator's models lie: which there are, how one gets there, whether
//! it is what it should be, which one is in use. Driven by the command `iris-models`; nothing here runs in a service, and
//! nothing is downloaded, accepted or replaced without having been asked for.

mod accepted;
pub mod commands;
mod consent;
mod digest;
mod download;
mod download_error;
mod folder;
mod inspect;
mod manifest;
mod part;
mod role;

pub use accepted::Accepted;
pub use consent::{Ask, Consent, Refusal};
pub use digest::{Digest, Hashing, InvalidDigest};
pub use download::{Downloader, Patience};
pub use download_error::DownloadError;
pub use folder::Folder;
pub use manifest::{Manifest, ManifestError, Model, Origin};
pub use role::{Role, UnknownRole};
