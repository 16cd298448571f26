//! `iris-models check`: whether what is here is what it should be, and works.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::Context as _;

use super::{find, hash_differs};
use crate::accepted::Accepted;
use crate::digest::Digest;
use crate::folder::Folder;
use crate::inspect;
use crate::manifest::{Manifest, Model, Origin};
use crate::role::Role;

/// Checks the named models, or with no name all that are here and the links in use. Answers whether all is well.
pub fn check(manifest: &Manifest, folder: &Folder, names: &[String], out: &mut impl Write) -> anyhow::Result<bool> {
    let accepted = folder.accepted()?;
    let named = names.iter().map(|name| find(manifest, name)).collect::<anyhow::Result<Vec<_>>>()?;
    let here = || manifest.models.iter().filter(|model| folder.file_of(model).exists());
    let models: Vec<&Model> = if names.is_empty() { here().collect() } else { named };
    let mut well = true;
    for model in &models {
        well &= report(out, &model.name, check_model(model, folder, &accepted))?;
    }
    if names.is_empty() {
        for role in Role::ALL {
            let Ok(target) = fs::read_link(folder.in_use_link(role)) else { continue };
            well &= report(out, &format!("in use as {role}"), check_link(&folder.in_use_link(role), &target))?;
        }
        if models.is_empty() {
            writeln!(out, "no model of the list is here; `iris-models fetch NAME` gets one")?;
        }
    }
    Ok(well)
}

fn report(out: &mut impl Write, what: &str, outcome: anyhow::Result<String>) -> anyhow::Result<bool> {
    match &outcome {
        Ok(found) => writeln!(out, "{what}: good: {found}")?,
        Err(error) => writeln!(out, "{what}: WRONG: {error:#}")?,
    }
    Ok(outcome.is_ok())
}

fn check_model(model: &Model, folder: &Folder, accepted: &Accepted) -> anyhow::Result<String> {
    let path = folder.file_of(model);
    if !path.exists() {
        match &model.origin {
            Origin::Address(_) => anyhow::bail!("it is not here; `iris-models fetch {}` gets it", model.name),
            Origin::ByHand(how) => anyhow::bail!("it is not at {}; {how}", path.display()),
            Origin::Shipped(_) => anyhow::bail!("it comes with Iris and is missing: {}", path.display()),
        }
    }
    let found = Digest::of_file(&path).with_context(|| format!("read `{}`", path.display()))?;
    match model.sha256.as_ref().or_else(|| accepted.sha256(&model.name)) {
        Some(wanted) if found != *wanted => {
            let again = match &model.origin {
                Origin::Address(_) => format!("`iris-models fetch {}` gets the right one", model.name),
                Origin::ByHand(_) | Origin::Shipped(_) => "replace it by the right one".to_owned(),
            };
            anyhow::bail!("{}; {again}", hash_differs(model, &found, wanted));
        }
        Some(_) => Ok(format!("the hash is right; {}", try_it(model, &path)?)),
        None => Ok(format!("no hash is known to compare with {found}; {}", try_it(model, &path)?)),
    }
}

/// What comes out when it is opened.
fn try_it(model: &Model, path: &Path) -> anyhow::Result<String> {
    if let Some(what) = inspect::misfetched(path)? {
        anyhow::bail!("{what}; remove it and get it again");
    }
    let found = inspect::open(model.role, path)?;
    if found.family != model.family {
        anyhow::bail!(
            "its tensors are of the family {}, the manifest says {}: it is another model, or exported in another way",
            found.family,
            model.family
        );
    }
    Ok(found.description)
}

fn check_link(link: &Path, target: &Path) -> anyhow::Result<String> {
    match link.exists() {
        true => Ok(target.display().to_string()),
        false => anyhow::bail!(
            "{} leads to {}, where nothing is; choose another model by `iris-models use NAME`",
            link.display(),
            target.display()
        ),
    }
}
