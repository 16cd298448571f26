//! Watches the films once through the whole system and notes what it followed in which of their pictures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use futures::StreamExt as _;
use iris_bus::message::{TrackView, Tracks};
use iris_bus::{Bus, BusOptions, Samples, topic};
use iris_domain::{SegmentName, Timestamp};
use iris_testkit::system::System;
use iris_testkit::wait;
use serde_json::{Value, json};

use super::films::{FPS, Film, JUDGED_S};
use crate::footage;

/// The film, the way to the first judged picture, and a machine that is busy.
const ROUND_WITHIN: Duration = Duration::from_secs(110);
/// A picture's time may lie this far from where the film has it, as a share of the time between two pictures: more, and it could be
/// taken for its neighbour.
const PLACE_OFF_MAX: f64 = 0.3;

/// What was followed in one round of a film.
pub struct Watched {
    /// The camera's id.
    pub camera: i64,
    /// Wall time of the film's first picture.
    pub film_began: Timestamp,
    /// What was followed, by the number of the picture in the film, from 0.
    pub pictures: BTreeMap<usize, Vec<TrackView>>,
}

impl Watched {
    /// The numbers of the judged pictures.
    pub fn numbers(&self) -> Vec<usize> {
        self.pictures.keys().copied().collect()
    }
}

/// Adds a camera for each film and switches each off when what is judged of its film has been seen.
pub async fn one_round(
    system: &System,
    films: &[Film],
    camera: impl Fn(&Film) -> Value,
) -> anyhow::Result<Vec<Watched>> {
    let bus = connect(&system.nats.url()).await?;
    let mut samples = bus.all_samples(topic::TRACKS).await?;
    let mut cameras = Vec::new();
    for film in films {
        cameras.push(system.add_camera(&camera(film)).await?);
    }
    let followed = tokio::time::timeout(ROUND_WITHIN, follow(system, &mut samples, &cameras));
    let followed = followed.await.context("the films were not seen to their ends")??;
    let watched = cameras.iter().zip(films).map(|(camera, film)| {
        let tracks = followed.get(&camera.to_string()).context("no picture was judged")?;
        placed(system, *camera, film, tracks).with_context(|| format!("place the judged pictures of {film}"))
    });
    watched.collect()
}

/// A client of a bus, once it is connected.
async fn connect(url: &str) -> anyhow::Result<Bus> {
    let bus = Bus::connect(&BusOptions { url: url.to_owned(), name: "truth".to_owned() }).await?;
    wait::until(Duration::from_secs(10), "the bus", || async {
        ensure!(bus.is_connected());
        Ok(())
    })
    .await?;
    Ok(bus)
}

/// Collects what is followed, by camera, and switches each camera off in time.
async fn follow(
    system: &System,
    samples: &mut Samples<Tracks>,
    cameras: &[i64],
) -> anyhow::Result<BTreeMap<String, Vec<Tracks>>> {
    let mut going: BTreeSet<String> = cameras.iter().map(ToString::to_string).collect();
    let mut followed: BTreeMap<String, Vec<Tracks>> = BTreeMap::new();
    while !going.is_empty() {
        let (camera, tracks) = samples.next().await.context("the bus was closed")?;
        if !going.contains(&camera) {
            continue;
        }
        let pictures = followed.entry(camera.clone()).or_default();
        let seen = pictures.first().map_or(0.0, |first| tracks.captured.seconds_since(first.captured));
        pictures.push(tracks);
        if seen >= JUDGED_S {
            system.api.put_json(&format!("/api/cameras/{camera}"), &json!({ "enabled": false })).await?;
            going.remove(&camera);
        }
    }
    Ok(followed)
}

/// Finds the pictures in the film. The first segment tells: the number of its first picture, and its wall time.
fn placed(system: &System, camera: i64, film: &Film, tracks: &[Tracks]) -> anyhow::Result<Watched> {
    let folder = system.data_dir().join("segments").join(camera.to_string());
    let (segment, first) = first_segment(&folder)?;
    let recorded = footage::pictures(&folder.join(&segment))?;
    let filmed = footage::pictures(&film.file)?;
    let number = filmed.iter().position(|picture| Some(picture) == recorded.first());
    let number = number.with_context(|| format!("the first picture of {segment} is none of the film's"))?;
    let film_began = first.start.minus(Duration::from_secs_f64(number as f64 / f64::from(FPS)));

    let mut pictures = BTreeMap::new();
    for picture in tracks {
        ensure!(picture.run == tracks[0].run, "another run began");
        let place = picture.captured.seconds_since(film_began) * f64::from(FPS);
        let off = (place - place.round()).abs();
        ensure!(place > -0.5 && off <= PLACE_OFF_MAX, "a picture was judged at {place:.2}, between two of the film");
        if place.round() < JUDGED_S * f64::from(FPS) {
            pictures.insert(place.round() as usize, picture.tracks.clone());
        }
    }
    Ok(Watched { camera, film_began, pictures })
}

fn first_segment(folder: &Path) -> anyhow::Result<(String, SegmentName)> {
    let mut segments = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("list {}", folder.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Ok(segment) = name.parse::<SegmentName>() {
            segments.insert(segment.sequence, (name, segment));
        }
    }
    let runs: BTreeSet<u32> = segments.values().map(|(_, segment)| segment.run).collect();
    ensure!(runs.len() == 1, "the camera was connected to {} times", runs.len());
    Ok(segments.pop_first().context("no segments")?.1)
}
