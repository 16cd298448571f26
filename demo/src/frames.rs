//! Training pictures: single pictures of many worlds, at any time and in any weather, with the truth beside them.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use glam::Vec3;
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::film;
use crate::jpeg;
use crate::picture::{LIGHT_STANDS, Renderer, Seen};
use crate::place::{Camera, PlaceName};
use crate::script::{Actor, Identity, Pose, Seconds, World, WorldSettings};
use crate::seed;
use crate::stage::Stage;
use crate::truth::Marked;

/// Pictures taken with one camera of one world: each new camera costs a background.
const A_CAMERA: usize = 20;
/// A moment with somebody in sight is looked for so many times; at the share `EMPTY` of the pictures it is not looked for.
const TRIES: usize = 40;
const EMPTY: f64 = 0.08;
/// The share of the pictures that are staged: everything that a detector knows, near and far, in any pose. The others are
/// as the cameras see a day.
const STAGED: f64 = 0.7;
/// Days from which a world's day is drawn.
const DAYS: u32 = 28;
/// Beyond this distance, in metres, somebody does not count as in sight.
const SIGHT: f32 = 30.0;

/// A line of `labels.jsonl`.
#[derive(Debug, Serialize)]
struct Label<'a> {
    picture: &'a str,
    seed: u64,
    place: PlaceName,
    camera: &'a str,
    time: Seconds,
    width: u32,
    height: u32,
    boxes: Vec<LabelledBox>,
}

#[derive(Debug, Serialize)]
struct LabelledBox {
    #[serde(flatten)]
    marked: Marked,
    /// Which of a person's outfits.
    #[serde(skip_serializing_if = "Option::is_none")]
    outfit: Option<usize>,
}

/// Writes `count` pictures of the worlds of `seeds` into a folder, with `labels.jsonl`. Calls `progress` after each.
///
/// # Errors
/// When a file cannot be written.
pub fn write(
    seeds: Range<u64>,
    count: usize,
    size: [u32; 2],
    folder: &Path,
    progress: impl Fn(),
) -> anyhow::Result<()> {
    let labels = folder.join("labels.jsonl");
    let attempted = || format!("write `{}`", labels.display());
    let mut labels = BufWriter::new(File::create(&labels).with_context(attempted)?);
    let worlds = seeds.end.saturating_sub(seeds.start).max(1) as usize;
    for seed in seeds.clone() {
        let nth = (seed - seeds.start) as usize;
        let wanted = count * (nth + 1) / worlds - count * nth / worlds;
        if wanted > 0 {
            let mut world = OneWorld::new(seed, size);
            world.write(wanted, folder, &mut labels, &progress)?;
        }
    }
    labels.flush().with_context(attempted)
}

struct OneWorld {
    world: Arc<World>,
    random: ChaCha8Rng,
    /// Midnight of the day on which all its pictures are taken.
    midnight: Seconds,
    /// The last moment that was not staged.
    time: Seconds,
    size: [u32; 2],
}

impl OneWorld {
    fn new(seed: u64, size: [u32; 2]) -> Self {
        let mut random = seed::stream(seed, "training pictures", 0);
        // From lonely to crowded.
        let settings = WorldSettings { crowd: random.random_range(1.5..6.0), people: 40, ..WorldSettings::default() };
        let midnight = f64::from(random.random_range(0..DAYS)) * 86_400.0;
        let time = midnight + random.random_range(0.0..86_400.0);
        Self { world: Arc::new(World::new(seed, settings)), random, midnight, time, size }
    }

    fn write(
        &mut self,
        count: usize,
        folder: &Path,
        labels: &mut impl std::io::Write,
        progress: &impl Fn(),
    ) -> anyhow::Result<()> {
        let cameras = film::cameras(&self.world);
        let first = self.random.random_range(0..cameras.len());
        let turns = count.div_ceil(A_CAMERA).min(cameras.len());
        let mut former = None;
        for turn in 0..turns {
            let (place, index, name) = cameras[(first + turn) % cameras.len()];
            let mut renderer = Renderer::new(Arc::clone(&self.world), place, index, self.size);
            if let Some(former) = former.take() {
                renderer.take_over_cast(former);
            }
            for number in count * turn / turns..count * (turn + 1) / turns {
                let (time, actors) = self.scene(place, index);
                let shot = renderer.shoot_staged(time, &actors);
                let picture = format!("{:06}-{number:04}.jpg", self.world.seed);
                jpeg::write(&folder.join(&picture), shot.rgb, self.size)?;
                let boxes = shot.seen.iter().map(|seen| self.label(seen, &actors)).collect();
                let ([width, height], seed) = (self.size, self.world.seed);
                let label = Label { picture: &picture, seed, place, camera: name, time, width, height, boxes };
                let line = serde_json::to_string(&label).context("write down the truth of a picture")?;
                writeln!(labels, "{line}").context("write `labels.jsonl`")?;
                progress();
            }
            former = Some(renderer);
        }
        Ok(())
    }

    fn label(&self, seen: &Seen, actors: &[Actor]) -> LabelledBox {
        let actor = actors.iter().find(|actor| actor.identity == seen.identity);
        let outfit =
            actor.and_then(|actor| if let Pose::Person { outfit, .. } = &actor.pose { Some(*outfit) } else { None });
        LabelledBox { marked: Marked::new(&self.world.cast, seen), outfit }
    }

    /// What to take a picture of, and when.
    fn scene(&mut self, place: PlaceName, camera: usize) -> (Seconds, Vec<Actor>) {
        if self.random.random_bool(STAGED) {
            // In the light of the picture before, which saves lighting the place anew.
            let light = (self.time / LIGHT_STANDS).floor() * LIGHT_STANDS;
            let time = light + self.random.random_range(0.0..LIGHT_STANDS);
            return (time, self.staged(place, camera));
        }
        self.time = self.moment(place, camera);
        (self.time, self.world.at(place, self.time))
    }

    /// A handful of everything.
    fn staged(&mut self, place: PlaceName, camera: usize) -> Vec<Actor> {
        let world = Arc::clone(&self.world);
        let (cast, scene) = (&world.cast, world.place(place));
        let aspect = self.size[0] as f32 / self.size[1] as f32;
        let mut one_of = |most: usize, of: usize| -> Vec<usize> {
            let wanted = self.random.random_range(0..=most).min(of);
            rand::seq::index::sample(&mut self.random, of, wanted).into_vec()
        };
        let people = one_of(6, cast.people.len());
        // They are the smallest and the hardest to tell apart, so there are many.
        let animals = one_of(5, cast.animals.len());
        let bicycles = one_of(2, cast.bicycles.len());
        let vehicles = if place == PlaceName::Street { one_of(4, cast.vehicles.len()) } else { Vec::new() };
        let mut stage = Stage::new(cast, scene, &scene.cameras[camera], aspect, &mut self.random);
        vehicles.into_iter().for_each(|index| stage.vehicle(index));
        let (riders, walkers) = people.split_at(people.len().min(bicycles.len()) / 2);
        for (nth, bicycle) in bicycles.into_iter().enumerate() {
            stage.bicycle(bicycle, riders.get(nth).copied());
        }
        walkers.iter().for_each(|&index| stage.person(index, std::f32::consts::PI));
        animals.into_iter().for_each(|index| stage.animal(index));
        stage.into_actors()
    }

    /// A moment at which, mostly, somebody is in sight of a camera.
    fn moment(&mut self, place: PlaceName, camera: usize) -> Seconds {
        let world = Arc::clone(&self.world);
        let camera = &world.place(place).cameras[camera];
        let any = self.random.random_bool(EMPTY);
        let mut time = 0.0;
        for _ in 0..TRIES {
            time = self.time_of_day();
            let actors = world.at(place, time);
            if any || actors.iter().any(|actor| is_alive(actor) && in_sight(camera, self.size, actor.position())) {
                break;
            }
        }
        time
    }

    fn time_of_day(&mut self) -> Seconds {
        self.midnight + (self.random.random_range(0.0..86_400.0) * 10.0_f64).round() / 10.0
    }
}

fn is_alive(actor: &Actor) -> bool {
    matches!(actor.identity, Identity::Person(_) | Identity::Animal(_))
}

/// Whether a camera looks there, as far as nothing is in between.
fn in_sight(camera: &Camera, [width, height]: [u32; 2], place: Vec3) -> bool {
    let forward = (camera.target - camera.position).normalize();
    let right = forward.cross(Vec3::Y).normalize();
    let way = place + Vec3::Y - camera.position;
    let depth = way.dot(forward);
    let half_height = (camera.field_of_view / 2.0).tan() * depth;
    let half_width = half_height * width as f32 / height as f32;
    depth > 0.5
        && depth < SIGHT
        && way.dot(right).abs() < half_width
        && way.dot(right.cross(forward)).abs() < half_height
}
