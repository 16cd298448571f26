//! Who the tracks are, as re-ID tells it: shown on live pictures. Filled by one task, read when a picture is drawn.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use futures::StreamExt as _;
use iris_bus::message::SightingFact;
use iris_bus::topic;
use iris_domain::{Class, IdentityId, TrackKey};
use iris_runtime::{CancellationToken, Tasks};
use parking_lot::Mutex;

use crate::Deps;
use crate::heartbeat::States;
use crate::wanted::connected;

/// Tracks whose name is remembered: many times what all cameras of a process follow at once. The oldest go first.
const NAMES_MAX: usize = 10_000;

/// Names by track; clones share them.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    names: HashMap<TrackKey, Name>,
    /// In the order they were first told.
    order: VecDeque<TrackKey>,
}

/// How a track is called.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Name {
    /// As somebody named it.
    Given(String),
    /// By the number of its identity.
    Number(IdentityId),
}

impl Names {
    /// What to write on a track: its name, its class with a number, or its class.
    pub fn label(&self, track: TrackKey, class: &Class) -> String {
        match self.0.lock().names.get(&track) {
            Some(Name::Given(name)) => name.clone(),
            Some(Name::Number(identity)) => format!("{class} #{identity}"),
            None => class.to_string(),
        }
    }

    fn learn(&self, sighting: SightingFact) {
        let mut known = self.0.lock();
        if sighting.ended {
            // The track is drawn no more.
            known.forget(sighting.track);
            return;
        }
        let given = sighting.identity_name.or(sighting.person_name);
        let name = given.map_or(Name::Number(sighting.identity), Name::Given);
        if known.names.insert(sighting.track, name).is_none() {
            known.order.push_back(sighting.track);
        }
        if known.order.len() > NAMES_MAX {
            let oldest = known.order[0];
            known.forget(oldest);
        }
    }
}

impl Known {
    fn forget(&mut self, track: TrackKey) {
        if self.names.remove(&track).is_some() {
            self.order.retain(|known| *known != track);
        }
    }
}

/// Follows what re-ID says of the cameras that run here.
pub fn follow(tasks: &Tasks, deps: &Deps, states: &States) {
    let (deps, states) = (deps.clone(), states.clone());
    tasks.supervise("names", move |stop| follow_once(deps.clone(), states.clone(), stop));
}

async fn follow_once(deps: Deps, states: States, stop: CancellationToken) -> anyhow::Result<()> {
    let follow = async {
        connected(&deps.bus).await;
        deps.bus.new_facts(topic::SIGHTING).await
    };
    let Some(sightings) = stop.run_until_cancelled(follow).await else { return Ok(()) };
    let mut sightings = sightings.context("follow the sightings")?;
    while let Some(sighting) = stop.run_until_cancelled(sightings.next()).await {
        let Some((camera, sighting)) = sighting else { bail!("the facts about sightings ended") };
        if camera.parse().is_ok_and(|camera| states.has(camera)) {
            deps.names.learn(sighting);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use iris_bus::message::SightingFact;
    use iris_domain::identity::MatchKind;
    use iris_domain::{PersonId, SightingId};
    use uuid::Uuid;

    use super::*;

    fn track(number: u64) -> TrackKey {
        TrackKey { run: Uuid::nil(), number }
    }

    fn sighting(number: u64) -> SightingFact {
        SightingFact {
            sighting: SightingId::new(1).unwrap(),
            track: track(number),
            identity: IdentityId::new(12).unwrap(),
            identity_name: None,
            person: None,
            person_name: None,
            match_kind: MatchKind::New,
            score: None,
            ended: false,
        }
    }

    #[test]
    fn a_track_is_called_by_its_name_or_its_number_until_it_ends() {
        let (names, person) = (Names::default(), Class::person());
        let label = |number| names.label(track(number), &person);
        assert_eq!(label(1), "person");
        names.learn(sighting(1));
        assert_eq!(label(1), "person #12");
        let person_name = Some("Zoë".to_owned());
        names.learn(SightingFact { person: PersonId::new(3).ok(), person_name: person_name.clone(), ..sighting(1) });
        assert_eq!(label(1), "Zoë");
        names.learn(SightingFact { identity_name: Some("Postman".to_owned()), person_name, ..sighting(1) });
        assert_eq!(label(1), "Postman");
        names.learn(SightingFact { ended: true, ..sighting(1) });
        assert_eq!(label(1), "person");
        assert!(names.0.lock().order.is_empty());
    }

    #[test]
    fn the_oldest_names_are_forgotten_first() {
        let names = Names::default();
        (0..NAMES_MAX as u64 + 1).for_each(|number| names.learn(sighting(number)));
        names.learn(sighting(5));
        let known = names.0.lock();
        assert_eq!((known.names.len(), known.order.len(), known.order[0]), (NAMES_MAX, NAMES_MAX, track(1)));
    }
}
