//! `iris-models fetch`: gets models from where the manifest says.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use url::Url;

use super::{agree_to_licence, find, hash_differs};
use crate::accepted::Accepted;
use crate::consent::Consent;
use crate::digest::Digest;
use crate::download::{Downloader, Order};
use crate::folder::Folder;
use crate::inspect;
use crate::manifest::{Manifest, Model, Origin};
use crate::part::Part;

/// Fetches the named models, one after the other; stops at the first that cannot be had. Those that are there and right
/// are left alone.
pub async fn fetch(
    manifest: &Manifest,
    folder: &Folder,
    names: &[String],
    consent: &mut Consent,
    downloader: &Downloader,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let models = names.iter().map(|name| find(manifest, name)).collect::<anyhow::Result<Vec<_>>>()?;
    let _lock = folder.lock()?;
    let mut accepted = folder.accepted()?;
    for model in models {
        match &model.origin {
            Origin::Address(url) => {
                let mut visit = Visit { model, folder, accepted: &mut accepted, consent, now };
                writeln!(out, "{}: {}", model.name, visit.run(url, downloader).await?)?;
            }
            Origin::Shipped(path) => writeln!(out, "{}: comes with Iris: {}", model.name, path.display())?,
            Origin::ByHand(how) => anyhow::bail!(by_hand(model, how, &folder.file_of(model))),
        }
    }
    Ok(())
}

fn by_hand(model: &Model, how: &str, place: &Path) -> String {
    format!(
        "`{name}` cannot be fetched, it has to be made: {how}\nthen put it at {place} and run `iris-models use {name}`",
        name = model.name,
        place = place.display(),
    )
}

/// One model on its way.
struct Visit<'a> {
    model: &'a Model,
    folder: &'a Folder,
    accepted: &'a mut Accepted,
    consent: &'a mut Consent,
    now: Timestamp,
}

impl Visit<'_> {
    /// Answers what there is to say about it.
    async fn run(&mut self, url: &Url, downloader: &Downloader) -> anyhow::Result<String> {
        let target = self.folder.file_of(self.model);
        if self.is_there(&target)? {
            return Ok(format!("is there already: {}", target.display()));
        }
        agree_to_licence(self.model, self.folder, self.accepted, self.consent, self.now)?;

        let part = Part::of(&target);
        let order = Order { url, part: &part, size_bytes: self.model.size_bytes };
        let bar = progress_bar(&self.model.name);
        let fetched = downloader.run(&order, &bar).await;
        bar.finish_and_clear();
        fetched?;

        if let Err(error) = self.judge(&part) {
            part.discard().with_context(|| format!("remove `{}`", part.path.display()))?;
            return Err(error);
        }
        part.finish(&target).with_context(|| format!("rename `{}`", part.path.display()))?;
        Ok(format!("fetched: {}", target.display()))
    }

    fn wanted(&self) -> Option<&Digest> {
        self.model.sha256.as_ref().or_else(|| self.accepted.sha256(&self.model.name))
    }

    /// Whether the file is there and the right one. One whose right hash nobody knows is fetched again, since nobody knows
    /// whether it is whole.
    fn is_there(&self, target: &Path) -> anyhow::Result<bool> {
        match self.wanted() {
            Some(wanted) if target.exists() => {
                let found = Digest::of_file(target).with_context(|| format!("read `{}`", target.display()))?;
                Ok(found == *wanted)
            }
            _ => Ok(false),
        }
    }

    /// Whether what came may stay.
    fn judge(&mut self, part: &Part) -> anyhow::Result<()> {
        let name = &self.model.name;
        let read = || format!("read `{}`", part.path.display());
        let found = Digest::of_file(&part.path).with_context(read)?;
        match self.wanted() {
            Some(wanted) if found == *wanted => Ok(()),
            Some(wanted) => anyhow::bail!(
                "`{name}` is not the file that it should be: {}. Nothing was kept. Run it once more; if it stays so, ask \
                 the project ({}) before you trust it",
                hash_differs(self.model, &found, wanted),
                self.model.project,
            ),
            None => {
                if let Some(what) = inspect::misfetched(&part.path).with_context(read)? {
                    anyhow::bail!("what came for `{name}` is no model: {what}; nothing was kept");
                }
                let bytes = fs::metadata(&part.path).with_context(read)?.len();
                self.consent.ask_about_hash(self.model, &found, bytes)?;
                self.accepted.accept_sha256(name, &found, self.now);
                self.folder.write_accepted(self.accepted)
            }
        }
    }
}

/// Shows nothing where standard error is not a terminal.
fn progress_bar(name: &str) -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix} [{bar:32}] {bytes}/{total_bytes} {bytes_per_sec} {eta}")
        .expect("a template of known keys")
        .progress_chars("=> ");
    let bar = ProgressBar::new(0).with_style(style).with_prefix(name.to_owned());
    bar.enable_steady_tick(TICK);
    bar
}

/// So that a stalled download is seen to stall: the time left and the rate go on.
const TICK: Duration = Duration::from_millis(200);
