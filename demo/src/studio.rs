//! Training crops of many people or vehicles, each in many views: put before the cameras of a world in turn, at any hour and
//! in any weather, so that a crop looks as one from a camera of the demo does.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use rand::RngExt as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::cast::{Person, Vehicle, VehicleKind, traits};
use crate::film;
use crate::jpeg;
use crate::picture::{LIGHT_STANDS, PixelBox, Renderer, Seen, SeenFace};
use crate::place::PlaceName;
use crate::script::{Identity, Pose, Seconds, World, WorldSettings};
use crate::seed;
use crate::stage::Stage;

/// How many subjects take turns before one camera: their models are kept meanwhile.
const GROUP: usize = 40;
/// How many stand before the camera at a time: more get in each other's way.
const TOGETHER: usize = 6;
/// Pictures taken of a group with a camera, at most, for each view wanted of each: somebody may never come out well.
const PATIENCE: usize = 10;
/// Pictures in the same light: each new one costs much.
const IN_A_LIGHT: usize = 5;
/// What is seen of a subject, at least.
const VISIBILITY_MIN: f32 = 0.9;
/// What is seen around a face's landmarks, at least: a cap, a scarf or glasses may cover the rest.
const FACE_VISIBILITY_MIN: f32 = 0.7;
/// How far away somebody's face may be, in metres: further away it is narrower than what is worth cutting out.
const FACES_WITHIN: f32 = 10.0;

/// What is cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Subject {
    /// Faces, with as much around as they are wide and high.
    Faces,
    /// Whole people.
    Bodies,
    /// Vehicles.
    Vehicles,
}

/// What is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// Of what.
    pub subject: Subject,
    /// Of which world; another seed shows nobody of this one's.
    pub seed: u64,
    /// How many of them.
    pub identities: usize,
    /// How often each.
    pub views: usize,
}

/// A line of `labels.jsonl`.
#[derive(Debug, Serialize)]
struct Label<'a> {
    picture: &'a str,
    seed: u64,
    identity: usize,
    view: usize,
    camera: &'a str,
    time: Seconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    outfit: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    face: Option<Face>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    traits: Vec<f32>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<VehicleKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colour: Option<&'static str>,
}

/// A face in its crop, in pixels and radians.
#[derive(Debug, Serialize)]
struct Face {
    #[serde(rename = "box")]
    around: [f32; 4],
    landmarks: [[f32; 2]; 5],
    yaw: f32,
    pitch: f32,
    visibility: f32,
}

/// Writes the crops into a folder, with `labels.jsonl`. Calls `progress` after each.
///
/// # Errors
/// When a file cannot be written.
pub fn write(order: &Order, folder: &Path, progress: impl Fn()) -> anyhow::Result<()> {
    let file = folder.join("labels.jsonl");
    let labels = BufWriter::new(File::create(&file).with_context(|| format!("write `{}`", file.display()))?);
    let mut studio = Studio { order: *order, folder, labels, taken: BTreeMap::new(), progress };
    let everybody: Vec<usize> = (0..order.identities).collect();
    for (number, group) in everybody.chunks(GROUP).enumerate() {
        studio.shoot_group(number as u64, group)?;
    }
    studio.labels.flush().with_context(|| format!("write `{}`", file.display()))
}

struct Studio<'a, P> {
    order: Order,
    folder: &'a Path,
    labels: BufWriter<File>,
    /// How many views there are of each.
    taken: BTreeMap<usize, usize>,
    progress: P,
}

impl<P: Fn()> Studio<'_, P> {
    /// Takes all views of a group, with each suitable camera of a world of its own look as many.
    fn shoot_group(&mut self, number: u64, group: &[usize]) -> anyhow::Result<()> {
        let mut random = seed::stream(self.order.seed, "studio", number);
        // Each group meets other walls and pavements.
        let world = Arc::new(self.world(random.random()));
        let mut cameras = film::cameras(&world);
        if self.order.subject == Subject::Vehicles {
            cameras.retain(|(place, ..)| *place == PlaceName::Street);
        }
        let turns = cameras.len();
        let mut former = None;
        for (turn, (place, camera, name)) in cameras.into_iter().enumerate() {
            let until = self.order.views * (turn + 1) / turns;
            let mut renderer = Renderer::new(Arc::clone(&world), place, camera, self.size());
            if let Some(former) = former.take() {
                renderer.take_over_cast(former);
            }
            let mut light = 0.0;
            for attempt in 0..PATIENCE * until * group.len().div_ceil(TOGETHER) {
                let mut missing: Vec<usize> = group.iter().copied().filter(|one| self.views_of(*one) < until).collect();
                if missing.is_empty() {
                    break;
                }
                if attempt % IN_A_LIGHT == 0 {
                    light = (random.random_range(0.0..28.0 * 86_400.0) / LIGHT_STANDS).floor() * LIGHT_STANDS;
                }
                let time = light + random.random_range(0.0..LIGHT_STANDS);
                missing.shuffle(&mut random);
                missing.truncate(TOGETHER);
                self.shoot(&world, &mut renderer, (place, camera, name, time), &missing, &mut random)?;
            }
            former = Some(renderer);
        }
        Ok(())
    }

    /// The places of one world with the people and vehicles of the ordered one.
    fn world(&self, places: u64) -> World {
        let mut world = World::new(places, WorldSettings::default());
        let (seed, count) = (self.order.seed, self.order.identities);
        match self.order.subject {
            Subject::Vehicles => world.cast.vehicles = (0..count).map(|index| Vehicle::draw(seed, index)).collect(),
            Subject::Faces | Subject::Bodies => {
                world.cast.people = (0..count).map(|index| Person::draw(seed, index)).collect()
            }
        }
        world
    }

    /// Faces are small: they are taken with a finer camera.
    fn size(&self) -> [u32; 2] {
        if self.order.subject == Subject::Faces { [1920, 1080] } else { [1280, 720] }
    }

    /// The range of widths, or for bodies heights, of what is worth cutting out, in pixels.
    fn sides(&self) -> Range<u32> {
        match self.order.subject {
            Subject::Faces => 24..161,
            Subject::Bodies => 80..480,
            Subject::Vehicles => 60..600,
        }
    }

    fn shoot(
        &mut self,
        world: &Arc<World>,
        renderer: &mut Renderer,
        (place, camera, name, time): (PlaceName, usize, &str, Seconds),
        subjects: &[usize],
        random: &mut ChaCha8Rng,
    ) -> anyhow::Result<()> {
        let [width, height] = self.size();
        let aspect = width as f32 / height as f32;
        let scene = world.place(place);
        let mut stage = Stage::new(&world.cast, scene, &scene.cameras[camera], aspect, &mut *random);
        if self.order.subject == Subject::Faces {
            stage = stage.within(FACES_WITHIN);
        }
        for &subject in subjects {
            match self.order.subject {
                Subject::Faces => stage.person(subject, 1.1),
                Subject::Bodies => stage.person(subject, std::f32::consts::PI),
                Subject::Vehicles => stage.vehicle(subject),
            }
        }
        let actors = stage.into_actors();
        let shot = renderer.shoot_staged(time, &actors);
        for seen in shot.seen {
            let Some(crop) = self.crop(seen, [width, height]) else { continue };
            let actor = actors.iter().find(|actor| actor.identity == seen.identity);
            let outfit = actor
                .and_then(|actor| if let Pose::Person { outfit, .. } = &actor.pose { Some(*outfit) } else { None });
            self.write(world, (name, time), seen, outfit, crop, (shot.rgb, [width, height]))?;
        }
        Ok(())
    }

    /// What to cut out of the picture for somebody seen, if it is any good and still wanted.
    fn crop(&self, seen: &Seen, [width, height]: [u32; 2]) -> Option<PixelBox> {
        if self.views_of(index(seen)) >= self.order.views || seen.visibility < VISIBILITY_MIN {
            return None;
        }
        let whole = seen.whole;
        match self.order.subject {
            Subject::Faces => {
                let face = seen.face.as_ref().filter(|face| face.visibility > FACE_VISIBILITY_MIN)?;
                let [left, top, right, bottom] = face.around;
                let (wide, high) = (right - left, bottom - top);
                let around = PixelBox {
                    left: (left - wide / 2.0).max(0.0) as u32,
                    top: (top - high / 2.0).max(0.0) as u32,
                    right: (right + wide / 2.0).min(width as f32) as u32,
                    bottom: (bottom + high / 2.0).min(height as f32) as u32,
                };
                let good = face.yaw.abs() < 70_f32.to_radians() && face.pitch.abs() < 40_f32.to_radians();
                (good && self.sides().contains(&(wide as u32))).then_some(around)
            }
            Subject::Bodies => (!seen.cut && self.sides().contains(&(whole.bottom - whole.top))).then_some(whole),
            Subject::Vehicles => (!seen.cut && self.sides().contains(&(whole.right - whole.left))).then_some(whole),
        }
    }

    fn write(
        &mut self,
        world: &World,
        (camera, time): (&str, Seconds),
        seen: &Seen,
        outfit: Option<usize>,
        crop: PixelBox,
        (rgb, size): (&[u8], [u32; 2]),
    ) -> anyhow::Result<()> {
        let (identity, view) = (index(seen), self.views_of(index(seen)));
        let picture = format!("{identity:05}-{view:02}.jpg");
        jpeg::write(
            &self.folder.join(&picture),
            &cut_out(rgb, size, crop),
            [crop.right - crop.left, crop.bottom - crop.top],
        )?;
        let face = seen.face.as_ref().filter(|_| self.order.subject == Subject::Faces).map(|face| in_crop(face, crop));
        let vehicle = (self.order.subject == Subject::Vehicles).then(|| &world.cast.vehicles[identity]);
        let person = world.cast.people.get(identity);
        let traits = match (self.order.subject, person, outfit) {
            (Subject::Faces, Some(person), _) => traits::of_face(&person.face),
            (Subject::Bodies, Some(person), Some(outfit)) => traits::of_body(person, &person.outfits[outfit]),
            _ => Vec::new(),
        };
        let label = Label {
            picture: &picture,
            seed: self.order.seed,
            identity,
            view,
            camera,
            time,
            outfit,
            face,
            traits,
            kind: vehicle.map(|vehicle| vehicle.kind),
            colour: vehicle.map(|vehicle| vehicle.paint.name),
        };
        let line = serde_json::to_string(&label).context("write down what a crop shows")?;
        writeln!(self.labels, "{line}").context("write `labels.jsonl`")?;
        *self.taken.entry(identity).or_default() += 1;
        (self.progress)();
        Ok(())
    }

    fn views_of(&self, identity: usize) -> usize {
        self.taken.get(&identity).copied().unwrap_or(0)
    }
}

fn index(seen: &Seen) -> usize {
    let (Identity::Person(index) | Identity::Vehicle(index) | Identity::Animal(index) | Identity::Bicycle(index)) =
        seen.identity;
    index
}

fn cut_out(rgb: &[u8], [width, _]: [u32; 2], crop: PixelBox) -> Vec<u8> {
    let row = |y: u32| ((y * width + crop.left) * 3) as usize..((y * width + crop.right) * 3) as usize;
    (crop.top..crop.bottom).flat_map(|y| rgb[row(y)].iter().copied()).collect()
}

fn in_crop(face: &SeenFace, crop: PixelBox) -> Face {
    let (left, top) = (crop.left as f32, crop.top as f32);
    let [x0, y0, x1, y1] = face.around;
    Face {
        around: [x0 - left, y0 - top, x1 - left, y1 - top],
        landmarks: face.landmarks.map(|[x, y]| [x - left, y - top]),
        yaw: face.yaw,
        pitch: face.pitch,
        visibility: face.visibility,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn labels(folder: &Path) -> Vec<serde_json::Value> {
        let lines = std::fs::read_to_string(folder.join("labels.jsonl")).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn everybody_is_cut_out_as_often_as_ordered() {
        for subject in [Subject::Faces, Subject::Bodies, Subject::Vehicles] {
            let folder = tempfile::tempdir().unwrap();
            let order = Order { subject, seed: 3, identities: 3, views: 2 };
            write(&order, folder.path(), || {}).unwrap();
            let labels = labels(folder.path());
            assert_eq!(labels.len(), 6, "{subject:?}");
            for label in labels {
                assert!(folder.path().join(label["picture"].as_str().unwrap()).is_file());
                assert_eq!(label["face"].is_null(), subject != Subject::Faces);
                assert_eq!(label["traits"].is_null(), subject == Subject::Vehicles);
                assert_eq!(label["type"].is_null(), subject != Subject::Vehicles);
            }
        }
    }
}
