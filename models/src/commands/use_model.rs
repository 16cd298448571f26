//! `iris-models use`: chooses the model that does the work of a role.

use std::io::Write;
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;

use super::{agree_to_licence, find, hash_differs};
use crate::consent::Consent;
use crate::digest::Digest;
use crate::folder::Folder;
use crate::inspect;
use crate::manifest::{Manifest, Model, Origin};
use crate::role::Role;

/// Takes a model of the manifest that is here.
pub fn use_known(
    manifest: &Manifest,
    folder: &Folder,
    name: &str,
    consent: &mut Consent,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let model = find(manifest, name)?;
    let path = folder.file_of(model);
    if !path.is_file() {
        anyhow::bail!(absent(model, &path));
    }
    let _lock = folder.lock()?;
    let mut accepted = folder.accepted()?;
    let wanted = model.sha256.as_ref().or_else(|| accepted.sha256(name));
    if let Some(wanted) = wanted {
        let found = Digest::of_file(&path).with_context(|| format!("read `{}`", path.display()))?;
        if found != *wanted {
            anyhow::bail!("`{}` is not used: {}", path.display(), hash_differs(model, &found, wanted));
        }
    }
    let found = try_it(model.role, &path)?;
    agree_to_licence(model, folder, &mut accepted, consent, now)?;
    put_in_use(folder, model.role, &path, &found, out)
}

/// Takes any file that can do the work of the role.
pub fn use_file(folder: &Folder, path: &Path, role: Role, out: &mut impl Write) -> anyhow::Result<()> {
    let _lock = folder.lock()?;
    let found = try_it(role, path)?;
    put_in_use(folder, role, path, &found, out)
}

fn absent(model: &Model, path: &Path) -> String {
    let (name, path) = (&model.name, path.display());
    match &model.origin {
        Origin::Address(_) => format!("`{name}` is not here; `iris-models fetch {name}` gets it"),
        Origin::ByHand(how) => format!("`{name}` is not at {path}: {how}"),
        Origin::Shipped(_) => format!("`{name}` comes with Iris and is missing: {path}"),
    }
}

/// What the file is; an error where it is plainly not for this role.
fn try_it(role: Role, path: &Path) -> anyhow::Result<String> {
    let misfetched = inspect::misfetched(path).with_context(|| format!("read `{}`", path.display()))?;
    if let Some(what) = misfetched {
        anyhow::bail!("`{}` is not used: {what}", path.display());
    }
    Ok(inspect::open(role, path)?.description)
}

fn put_in_use(folder: &Folder, role: Role, path: &Path, found: &str, out: &mut impl Write) -> anyhow::Result<()> {
    let link = folder.put_in_use(role, path).with_context(|| format!("make `{}` the {role} in use", path.display()))?;
    writeln!(out, "{role} in use: {} ({found})", path.display())?;
    writeln!(out, "link: {}", link.display())?;
    writeln!(out, "{}", role.restart_hint())?;
    Ok(())
}
