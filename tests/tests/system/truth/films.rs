//! The films: which worlds, which cameras, when. Rendered anew for every run of the test, all at once.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use iris_demo::film::{self, Filming};
use iris_demo::script::{Seconds, World, WorldSettings};
use iris_demo::truth::Truth;

/// Pictures a second.
pub const FPS: u32 = 10;
/// What is judged of a film: from its first picture on, in seconds.
pub const JUDGED_S: f64 = 72.0;
/// What follows, so that a camera can be switched off before its film begins again.
const TAIL_S: f64 = 5.0;
const SIZE: [u32; 2] = [1280, 720];

/// What is filmed. The models are trained on the seeds 1 to 200 and measured on 9000 to 9099: nobody has seen these worlds.
///
/// Chosen by their truth, never by what a model makes of them. People come and go. Nobody comes back just when the post-roll ends,
/// where a picture more or less would make one event of two. Nobody is hidden for longer than the tracker waits: it could only give them
/// a new name, which in a minute of film costs 0.1 IDF1. Given the truth's own boxes it makes one track of each visit.
const FILMED: [(u64, &str, Seconds); 3] =
    [(9110, "street-north", 30_659.0), (9114, "hall", 30_680.0), (9110, "yard", 57_686.0)];

/// A film with its truth.
pub struct Film {
    /// The encoded pictures.
    pub file: PathBuf,
    /// What there is to see in them.
    pub truth: Truth,
}

impl Film {
    /// The camera's name.
    pub fn name(&self) -> &str {
        &self.truth.camera
    }
}

impl fmt::Display for Film {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Truth { camera, seed, .. } = &self.truth;
        let start = self.truth.start as u64;
        let (hours, minutes, seconds) = (start / 3600, start / 60 % 60, start % 60);
        write!(f, "{camera} of world {seed} at {hours:02}:{minutes:02}:{seconds:02}")
    }
}

/// Renders all of them into a folder, side by side.
pub fn render_all(folder: &Path) -> anyhow::Result<Vec<Film>> {
    std::thread::scope(|scope| {
        let threads = FILMED.map(|which| scope.spawn(move || render(which, folder)));
        threads.into_iter().map(|thread| thread.join().expect("rendering does not panic")).collect()
    })
}

fn render((seed, camera, start): (u64, &str, Seconds), folder: &Path) -> anyhow::Result<Film> {
    let world = Arc::new(World::new(seed, WorldSettings::default()));
    let cameras = film::cameras(&world);
    let found = cameras.into_iter().find(|(_, _, name)| *name == camera);
    let (place, index, _) = found.with_context(|| format!("there is no camera `{camera}`"))?;
    let filming = Filming { place, camera: index, size: SIZE, fps: FPS };
    let file = folder.join(format!("{camera}.mp4"));
    let truth = film::render(&world, filming, [start, JUDGED_S + TAIL_S], &file, || {})?;
    Ok(Film { file, truth })
}
