//! Tidying up, each minute: unnamed identities that have turned out to be one are merged, by the domain's rules, each in one
//! transaction with an entry in the ledger that an operator can undo. What was undone is kept apart from then on.

use std::time::Duration;

use anyhow::Context as _;
use iris_domain::Timestamp;
use iris_domain::identity::{ExemplarKind, KnownIdentity, MergeProposal, maintenance};
use iris_runtime::CancellationToken;
use iris_store::KnownIdentityRow;
use tracing::{info, warn};

use super::known::centroid;
use crate::Deps;
use crate::patience::patiently;

/// A minute is soon for a page of identities, and long beside what a pass costs.
const EVERY: Duration = Duration::from_secs(60);
/// Identities compared with each other at most, the most recently seen ones: a pass over so many takes well under a second.
const IDENTITIES_MAX: u64 = 1500;
/// Identities not seen for longer are what they are.
const SEEN_WITHIN: Duration = Duration::from_secs(48 * 3600);

/// Tidies up until told to stop.
///
/// # Errors
/// The database holds what cannot be read; the next start tries again.
pub async fn run(deps: &Deps, stop: &CancellationToken) -> anyhow::Result<()> {
    if !deps.maintenance_enabled {
        return Ok(());
    }
    let mut minutes = tokio::time::interval(EVERY);
    minutes.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while stop.run_until_cancelled(minutes.tick()).await.is_some() {
        if let Some(done) = stop.run_until_cancelled(pass(deps)).await {
            done?;
        }
    }
    Ok(())
}

/// Compares all that was seen of late, and merges.
///
/// # Errors
/// The database holds what cannot be read, or refuses.
pub async fn pass(deps: &Deps) -> anyhow::Result<()> {
    let since = deps.clock.now().minus(SEEN_WITHIN);
    let rows = patiently(|| deps.store.identities().maintenance_view(since, IDENTITIES_MAX)).await?;
    let apart = patiently(|| deps.store.identities().apart_pairs()).await?;
    let rules = deps.rules.clone();
    let appearances_since = deps.clock.now().minus(rules.body_window);
    let found = move || {
        let known: Vec<KnownIdentity> = rows.into_iter().map(|row| known(row, appearances_since)).collect();
        maintenance(&known, &apart, &rules)
    };
    // Comparing all with all is work for a core.
    let proposals = tokio::task::spawn_blocking(found).await.context("compare identities")?;
    for proposal in proposals {
        merge(deps, &proposal).await?;
    }
    Ok(())
}

async fn merge(deps: &Deps, proposal: &MergeProposal) -> anyhow::Result<()> {
    let MergeProposal { target, source, evidence } = proposal;
    match patiently(|| deps.store.identities().merge_alike(*target, *source)).await? {
        Ok(merged) => {
            metrics::counter!("iris_reid_merges_total", "by" => evidence.kind.as_str()).increment(1);
            info!(identity.id = %target, source.id = %source, operation.id = %merged.operation,
                "identity {source} has become identity {target}: {}", evidence.reason);
        }
        // Somebody named, merged or parted them meanwhile.
        Err(refused) => warn!(identity.id = %target, "identities were not merged: {refused}"),
    }
    Ok(())
}

fn known(row: KnownIdentityRow, appearances_since: Timestamp) -> KnownIdentity {
    let KnownIdentityRow { identity, num_sightings, presences } = row;
    KnownIdentity {
        identity: identity.id,
        named: identity.is_named,
        class: identity.object_class.clone(),
        face: centroid(&identity, ExemplarKind::Face, None),
        body: centroid(&identity, ExemplarKind::Appearance, Some(appearances_since)),
        presences,
        sightings: num_sightings,
    }
}
