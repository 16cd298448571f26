//! What `iris-models` does, one file for each command. What a person should read goes to the writer that is passed in.

mod check;
mod fetch;
mod list;
mod use_model;

use anyhow::Context as _;
use jiff::Timestamp;

use crate::accepted::Accepted;
use crate::consent::Consent;
use crate::digest::Digest;
use crate::folder::Folder;
use crate::manifest::{Manifest, Model};

pub use check::check;
pub use fetch::fetch;
pub use list::{list_json, list_table};
pub use use_model::{use_file, use_known};

/// The model of this name, or what else there is.
fn find<'a>(manifest: &'a Manifest, name: &str) -> anyhow::Result<&'a Model> {
    manifest.find(name).with_context(|| {
        let names: Vec<_> = manifest.models.iter().map(|model| model.name.as_str()).collect();
        format!("no model is called `{name}`; there are: {}", names.join(", "))
    })
}

/// Asks for the licence where that is needed and was not done before, and remembers the answer.
fn agree_to_licence(
    model: &Model,
    folder: &Folder,
    accepted: &mut Accepted,
    consent: &mut Consent,
    now: Timestamp,
) -> anyhow::Result<()> {
    let Some(reason) = &model.ask_first else { return Ok(()) };
    if accepted.has_licence(&model.name, &model.licence) {
        return Ok(());
    }
    consent.ask_about_licence(model, reason)?;
    accepted.accept_licence(&model.name, &model.licence, now);
    folder.write_accepted(accepted)
}

/// The text for a hash that is not the one it should be.
fn hash_differs(model: &Model, found: &Digest, wanted: &Digest) -> String {
    let whose = if model.sha256.is_some() { "by the manifest" } else { "which you accepted" };
    format!(
        "its SHA-256 differs\n  found:    {found}\n  expected: {wanted}, {whose}\n\
         Either it was damaged or replaced by another version on the way, or somebody tampers with it"
    )
}
