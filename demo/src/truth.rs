//! The truth beside a film: who and what there was to see in each of its pictures, as JSON and in the MOT format.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write as _};
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

use crate::cast::Species;
use crate::picture::{PixelBox, Seen, SeenFace};
use crate::place::PlaceName;
use crate::script::{Actor, Cast, Identity, Pose, Seconds};

/// What a detector calls things; the numbers are those of the MOT files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// A person, on foot or on a bicycle.
    Person = 1,
    /// Any vehicle with four wheels.
    Car = 2,
    /// A dog.
    Dog = 3,
    /// A cat.
    Cat = 4,
    /// A bicycle, with a rider or without.
    Bicycle = 5,
}

impl Class {
    /// What a member of the cast is.
    #[must_use]
    pub fn of(cast: &Cast, identity: Identity) -> Self {
        match identity {
            Identity::Person(_) => Self::Person,
            Identity::Vehicle(_) => Self::Car,
            Identity::Bicycle(_) => Self::Bicycle,
            Identity::Animal(index) => match cast.animals[index].species {
                Species::Dog => Self::Dog,
                Species::Cat => Self::Cat,
            },
        }
    }
}

/// The truth of one camera's film.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The world's.
    pub seed: u64,
    /// Where the camera hangs.
    pub place: PlaceName,
    /// The camera's name.
    pub camera: String,
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Pictures a second.
    pub fps: u32,
    /// The world's time of the first picture.
    pub start: Seconds,
    /// Everybody and everything that appears in the film.
    pub cast: Vec<Member>,
    /// What each picture shows.
    pub pictures: Vec<Picture>,
}

/// Somebody or something that appears.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Who, across all films of the world.
    pub identity: Identity,
    /// What.
    pub class: Class,
    /// The kind of a vehicle: `sedan`, `van`.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub vehicle_type: Option<String>,
    /// The name of a vehicle's colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
    /// Its visits that the film shows.
    pub visits: Vec<VisitShown>,
}

/// A visit that a film shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VisitShown {
    /// Unique in the world.
    pub visit: u32,
    /// What a person wears.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wears: Option<String>,
}

/// What a picture shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Picture {
    /// One for each actor.
    pub boxes: Vec<Marked>,
}

/// An actor in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Marked {
    /// Which visit: the identity of its track in this camera.
    pub visit: u32,
    /// Who.
    pub identity: Identity,
    /// What.
    pub class: Class,
    /// Left, top, right, bottom of all of it that is within the picture, hidden or not, in pixels.
    #[serde(rename = "box")]
    pub whole: [u32; 4],
    /// The same of what can be seen.
    pub visible: Option<[u32; 4]>,
    /// The share of it that can be seen.
    pub visibility: f32,
    /// It reaches beyond the edge of the picture.
    pub cut: bool,
    /// A person's face, if it is turned to the camera.
    pub face: Option<MarkedFace>,
}

/// A face in a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarkedFace {
    /// Left, top, right, bottom in pixels.
    #[serde(rename = "box")]
    pub around: [f32; 4],
    /// Left eye, right eye, nose, left and right corner of the mouth as seen from in front, `[x, y]` in pixels.
    pub landmarks: [[f32; 2]; 5],
    /// How far it looks past the camera, to the picture's right, in radians.
    pub yaw: f32,
    /// How far it looks down past the camera.
    pub pitch: f32,
    /// The share of it that nothing hides.
    pub visibility: f32,
}

impl Marked {
    /// What is written down of somebody seen.
    #[must_use]
    pub fn new(cast: &Cast, seen: &Seen) -> Self {
        Self {
            visit: seen.visit,
            identity: seen.identity,
            class: Class::of(cast, seen.identity),
            whole: corners(seen.whole),
            visible: seen.visible.map(corners),
            visibility: rounded(seen.visibility, 1000.0),
            cut: seen.cut,
            face: seen.face.as_ref().map(MarkedFace::new),
        }
    }
}

impl MarkedFace {
    fn new(face: &SeenFace) -> Self {
        Self {
            around: face.around.map(tenth),
            landmarks: face.landmarks.map(|point| point.map(tenth)),
            yaw: rounded(face.yaw, 1000.0),
            pitch: rounded(face.pitch, 1000.0),
            visibility: rounded(face.visibility, 1000.0),
        }
    }
}

impl Truth {
    /// Adds the next picture: what was `seen` of the `actors` that were there.
    pub fn add(&mut self, cast: &Cast, actors: &[Actor], seen: &[Seen]) {
        for one in seen {
            self.add_visit(cast, one, actors.iter().find(|actor| actor.visit == one.visit));
        }
        self.pictures.push(Picture { boxes: seen.iter().map(|one| Marked::new(cast, one)).collect() });
    }

    fn add_visit(&mut self, cast: &Cast, seen: &Seen, actor: Option<&Actor>) {
        let known = self.cast.iter().position(|member| member.identity == seen.identity);
        let member = known.unwrap_or_else(|| {
            self.cast.push(Member::new(cast, seen.identity));
            self.cast.len() - 1
        });
        let visits = &mut self.cast[member].visits;
        if visits.iter().all(|shown| shown.visit != seen.visit) {
            let wears = actor.and_then(|actor| wears(cast, actor));
            visits.push(VisitShown { visit: seen.visit, wears });
        }
    }

    /// The truth in the MOT format: for each box the number of the picture from 1, the visit, left, top, width, height, 1,
    /// the number of the class, and the visibility.
    #[must_use]
    pub fn to_mot(&self) -> String {
        let mut rows = String::new();
        for (index, picture) in self.pictures.iter().enumerate() {
            for marked in &picture.boxes {
                let [left, top, right, bottom] = marked.whole;
                let (frame, class, visibility) = (index + 1, marked.class as u8, marked.visibility);
                let (visit, width, height) = (marked.visit, right - left, bottom - top);
                writeln!(rows, "{frame},{visit},{left},{top},{width},{height},1,{class},{visibility}")
                    .expect("a string takes all");
            }
        }
        rows
    }

    /// Writes `NAME.truth.json` and `NAME.gt.txt` into a folder, `NAME` being the camera's.
    ///
    /// # Errors
    /// When a file cannot be written; says which.
    pub fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let json = folder.join(format!("{}.truth.json", self.camera));
        let attempted = || format!("write `{}`", json.display());
        let mut file = BufWriter::new(File::create(&json).with_context(attempted)?);
        serde_json::to_writer(&mut file, self).with_context(attempted)?;
        file.flush().with_context(attempted)?;
        let mot = folder.join(format!("{}.gt.txt", self.camera));
        std::fs::write(&mot, self.to_mot()).with_context(|| format!("write `{}`", mot.display()))
    }

    /// Reads a `NAME.truth.json`.
    ///
    /// # Errors
    /// When it is not there or not a truth; says which file.
    pub fn read(json: &Path) -> anyhow::Result<Self> {
        let attempted = || format!("read the truth `{}`", json.display());
        let file = BufReader::new(File::open(json).with_context(attempted)?);
        serde_json::from_reader(file).with_context(attempted)
    }

    /// For each visit the first and the last picture, from 0, in which at least the share `visibility` of it can be seen.
    #[must_use]
    pub fn presences(&self, visibility: f32) -> BTreeMap<u32, [usize; 2]> {
        let mut presences = BTreeMap::new();
        for (index, picture) in self.pictures.iter().enumerate() {
            for marked in picture.boxes.iter().filter(|marked| marked.visibility >= visibility) {
                presences.entry(marked.visit).or_insert([index, index])[1] = index;
            }
        }
        presences
    }
}

impl Member {
    fn new(cast: &Cast, identity: Identity) -> Self {
        let vehicle = if let Identity::Vehicle(index) = identity { cast.vehicles.get(index) } else { None };
        Self {
            identity,
            class: Class::of(cast, identity),
            vehicle_type: vehicle.map(|vehicle| vehicle.kind.name().to_owned()),
            colour: vehicle.map(|vehicle| vehicle.paint.name.to_owned()),
            visits: Vec::new(),
        }
    }
}

fn wears(cast: &Cast, actor: &Actor) -> Option<String> {
    let (Identity::Person(index), Pose::Person { outfit, .. }) = (actor.identity, &actor.pose) else { return None };
    cast.people.get(index)?.outfits.get(*outfit).map(crate::cast::Outfit::describe)
}

fn corners(pixels: PixelBox) -> [u32; 4] {
    [pixels.left, pixels.top, pixels.right, pixels.bottom]
}

fn tenth(pixels: f32) -> f32 {
    rounded(pixels, 10.0)
}

fn rounded(value: f32, parts: f32) -> f32 {
    (value * parts).round() / parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(identity: Identity, visit: u32, visibility: f32) -> Seen {
        let whole = PixelBox { left: 10, top: 20, right: 40, bottom: 100 };
        let landmarks = [[11.26, 22.0], [13.0, 22.0], [12.0, 23.0], [11.0, 24.0], [13.0, 24.0]];
        let around = [10.0, 20.0, 14.04, 26.0];
        let face = SeenFace { around, landmarks, yaw: 0.1, pitch: 0.2, visibility: 1.0 };
        Seen { identity, visit, whole, visible: Some(whole), visibility, cut: false, face: Some(face) }
    }

    fn truth() -> Truth {
        let cast = Cast { people: Vec::new(), vehicles: Vec::new(), animals: Vec::new(), bicycles: Vec::new() };
        let (camera, place) = ("street-north".to_owned(), PlaceName::Street);
        let (members, pictures) = (Vec::new(), Vec::new());
        let mut truth =
            Truth { seed: 1, place, camera, width: 64, height: 48, fps: 10, start: 5.5, cast: members, pictures };
        truth.add(&cast, &[], &[seen(Identity::Person(3), 7, 0.5)]);
        truth.add(&cast, &[], &[seen(Identity::Person(3), 7, 1.0), seen(Identity::Bicycle(0), 8, 0.25)]);
        truth.add(&cast, &[], &[seen(Identity::Person(3), 9, 1.0)]);
        truth
    }

    #[test]
    fn what_is_written_can_be_read() {
        let folder = tempfile::tempdir().unwrap();
        let truth = truth();
        truth.write(folder.path()).unwrap();
        assert_eq!(Truth::read(&folder.path().join("street-north.truth.json")).unwrap(), truth);
        let rows = std::fs::read_to_string(folder.path().join("street-north.gt.txt")).unwrap();
        assert_eq!(rows.lines().nth(2).unwrap(), "2,8,10,20,30,80,1,5,0.25");
    }

    #[test]
    fn a_member_of_the_cast_has_all_its_visits() {
        let truth = truth();
        let visits: Vec<u32> = truth.cast[0].visits.iter().map(|shown| shown.visit).collect();
        assert_eq!((truth.cast.len(), visits), (2, vec![7, 9]));
    }

    #[test]
    fn a_presence_is_from_the_first_picture_to_the_last() {
        assert_eq!(truth().presences(0.3), BTreeMap::from([(7, [0, 1]), (9, [2, 2])]));
        assert_eq!(truth().presences(0.8)[&7], [1, 1]);
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = Truth::read(Path::new("nowhere.truth.json")).unwrap_err();
        assert!(error.to_string().contains("nowhere.truth.json"), "{error}");
    }
}
