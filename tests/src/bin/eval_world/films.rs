//! The films: a world, its cameras, two days.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::Context as _;
use iris_demo::film::{self, Filming};
use iris_demo::script::{Seconds, World, WorldSettings};
use iris_demo::truth::Truth;

/// Networks are trained on seeds below 1000 and measured on 9000 to 9099; truth tests use 9110 to 9119.
const SEED: u64 = 9120;
/// What issue 4 asks for.
const PEOPLE: usize = 10;
/// Of them in sight of a place, on average: they come and go all the time, and mostly meet others.
const CROWD: f32 = 1.2;
/// Pictures a second: as many as are judged.
pub const FPS: u32 = 5;
/// As cameras are sold today; at 1280x720 half as many faces are wide enough to be known.
const SIZE: [u32; 2] = [1920, 1080];
/// Films are rendered and watched by so many threads.
const THREADS: usize = 2;

/// A day's films.
pub struct DayPlan {
    /// In the report.
    pub name: &'static str,
    start: Seconds,
    seconds: Seconds,
    /// From the end of the day before to the begin of this one.
    pub after_the_one_before: Duration,
}

const DAY_S: u64 = 24 * 3600;
const MORNING_S: u64 = 10 * 3600;
const FIRST_S: u64 = 20 * 60;
const NEXT_S: u64 = 10 * 60;

/// Twenty minutes, and on the next day, when everybody wears something else, ten more.
pub const DAYS: [DayPlan; 2] = [
    DayPlan {
        name: "twenty minutes",
        start: MORNING_S as Seconds,
        seconds: FIRST_S as Seconds,
        after_the_one_before: Duration::ZERO,
    },
    DayPlan {
        name: "the next day, in other clothes",
        start: (DAY_S + MORNING_S) as Seconds,
        seconds: NEXT_S as Seconds,
        after_the_one_before: Duration::from_secs(DAY_S - FIRST_S),
    },
];

/// A film with its truth.
pub struct Film {
    /// The encoded pictures.
    pub file: PathBuf,
    /// What there is to see in them.
    pub truth: Truth,
}

/// The films of every day, one for each camera; rendered where they are not in the folder already.
pub fn of_all_days(folder: &Path) -> anyhow::Result<Vec<Vec<Film>>> {
    let settings = WorldSettings { people: PEOPLE, crowd: CROWD, ..WorldSettings::default() };
    let world = Arc::new(World::new(SEED, settings));
    let cameras = film::cameras(&world);
    let wanted: Vec<Vec<_>> = DAYS.iter().map(|day| cameras.iter().map(|camera| (day, *camera)).collect()).collect();
    side_by_side(&wanted, |(day, (place, camera, name))| {
        let folder = folder.join(format!("{:.0}", day.start));
        std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
        let (file, truth) = (folder.join(format!("{name}.mp4")), folder.join(format!("{name}.truth.json")));
        if truth.is_file() {
            return Ok(Film { file, truth: Truth::read(&truth)? });
        }
        eprintln!("rendering {} ...", file.display());
        let filming = Filming { place: *place, camera: *camera, size: SIZE, fps: FPS };
        let truth = film::render(&world, filming, [day.start, day.seconds], &file, || {})?;
        truth.write(&folder)?;
        Ok(Film { file, truth })
    })
}

/// Does something for all of several lists, on a few threads, and gives the results in the same order.
pub fn side_by_side<T: Sync, R: Send>(
    lists: &[Vec<T>],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<Vec<R>>> {
    let waiting: VecDeque<(usize, usize)> =
        lists.iter().enumerate().flat_map(|(a, list)| (0..list.len()).map(move |b| (a, b))).collect();
    let (waiting, done) = (Mutex::new(waiting), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let Some((a, b)) = waiting.lock().expect("nobody panics with it").pop_front() else { return };
                    let result = work(&lists[a][b]);
                    done.lock().expect("nobody panics with it").push(((a, b), result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("nobody panics with it");
    done.sort_by_key(|(place, _)| *place);
    let mut done = done.into_iter().map(|(_, result)| result);
    lists.iter().map(|list| done.by_ref().take(list.len()).collect()).collect()
}
