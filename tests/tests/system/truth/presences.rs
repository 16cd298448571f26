//! Which events there have to be, and which there were. The rule is the recorder's, written anew and told of the truth: a presence
//! opens with so many judged pictures in a row that show somebody, and goes on while somebody is seen or comes back within the
//! post-roll.

use std::fmt;

use iris_demo::truth::{Class, Picture, Truth};

use super::accuracy::is_demanded;
use super::films::{FPS, JUDGED_S};

/// How presence is judged.
pub struct Rules {
    /// Judged pictures in a row before an event opens.
    pub min_trigger_frames: usize,
    /// How long a presence waits for a return.
    pub post_s: f64,
}

/// A stretch in which somebody is there, in seconds of the film.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Presence {
    /// The first picture with somebody.
    pub start: f64,
    /// The last one.
    pub end: f64,
}

impl Presence {
    /// What lies within the judged part of the film; nothing when it begins later.
    pub fn within_what_is_judged(self) -> Option<Self> {
        (self.start < JUDGED_S).then(|| Self { end: self.end.min(JUDGED_S), ..self })
    }

    fn overlap(&self, other: &Self) -> f64 {
        self.end.min(other.end) - self.start.max(other.start)
    }
}

impl fmt::Display for Presence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}-{:.1} s", self.start, self.end)
    }
}

/// The presences in the truth, as seen in the judged pictures. What follows the judged part of the film is taken as if every second
/// picture were judged: somebody who comes back there prolongs a presence.
pub fn wanted(truth: &Truth, judged: &[usize], rules: &Rules) -> Vec<Presence> {
    let after = judged.last().map_or(0, |last| last + 2);
    let pictures = judged.iter().copied().chain((after..truth.pictures.len()).step_by(2));
    let mut presences: Vec<Presence> = Vec::new();
    for (run, length) in runs(pictures.map(|number| (seconds(number), shows_somebody(&truth.pictures[number])))) {
        match presences.last_mut() {
            Some(open) if run.start - open.end <= rules.post_s => open.end = run.end,
            _ if length >= rules.min_trigger_frames => presences.push(run),
            _ => {}
        }
    }
    presences.into_iter().filter_map(Presence::within_what_is_judged).collect()
}

/// Stretches of pictures in a row that show somebody, and how many pictures each has.
fn runs(pictures: impl Iterator<Item = (f64, bool)>) -> Vec<(Presence, usize)> {
    let mut runs: Vec<(Presence, usize)> = Vec::new();
    let mut before = false;
    for (at, shows) in pictures {
        match runs.last_mut() {
            Some((run, length)) if shows && before => (run.end, *length) = (at, *length + 1),
            _ if shows => runs.push((Presence { start: at, end: at }, 1)),
            _ => {}
        }
        before = shows;
    }
    runs
}

fn shows_somebody(picture: &Picture) -> bool {
    picture.boxes.iter().any(|marked| marked.class == Class::Person && is_demanded(marked))
}

fn seconds(number: usize) -> f64 {
    number as f64 / f64::from(FPS)
}

/// A presence and its event.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    wanted: Presence,
    found: Presence,
}

impl Pair {
    /// How far the event begins or ends from the presence, whichever is more, in seconds.
    pub fn off(&self) -> f64 {
        (self.found.start - self.wanted.start).abs().max((self.found.end - self.wanted.end).abs())
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "presence {}, event {}", self.wanted, self.found)
    }
}

/// Presences beside events.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Those that belong together.
    pub pairs: Vec<Pair>,
    missed: Vec<Presence>,
    invented: Vec<Presence>,
}

impl Comparison {
    /// Gives each presence the event that shares most with it and that no earlier one has.
    pub fn of(wanted: &[Presence], found: &[Presence]) -> Self {
        let (mut compared, mut left) = (Self::default(), found.to_vec());
        for presence in wanted {
            let overlaps = left.iter().enumerate().map(|(index, event)| (index, presence.overlap(event)));
            let best = overlaps.filter(|(_, overlap)| *overlap > 0.0).max_by(|(_, a), (_, b)| a.total_cmp(b));
            match best {
                Some((index, _)) => compared.pairs.push(Pair { wanted: *presence, found: left.remove(index) }),
                None => compared.missed.push(*presence),
            }
        }
        compared.invented = left;
        compared
    }

    /// Adds those of another camera.
    pub fn add(&mut self, other: Self) {
        self.pairs.extend(other.pairs);
        self.missed.extend(other.missed);
        self.invented.extend(other.invented);
    }

    /// The share of the events that are presences.
    pub fn precision(&self) -> f64 {
        self.pairs.len() as f64 / (self.pairs.len() + self.invented.len()) as f64
    }

    /// The share of the pairs whose event begins and ends within so many seconds of the presence.
    pub fn in_time(&self, off_max: f64) -> f64 {
        self.pairs.iter().filter(|pair| pair.off() <= off_max).count() as f64 / self.pairs.len() as f64
    }

    /// The share of the presences that are events.
    pub fn recall(&self) -> f64 {
        self.pairs.len() as f64 / (self.pairs.len() + self.missed.len()) as f64
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (found, wanted) = (self.pairs.len() + self.invented.len(), self.pairs.len() + self.missed.len());
        let worst = self.pairs.iter().map(Pair::off).fold(0.0, f64::max);
        write!(f, "  events   {found} for {wanted} presences, worst {worst:.2} s off")?;
        for pair in &self.pairs {
            write!(f, "\n    {pair}")?;
        }
        for presence in &self.missed {
            write!(f, "\n    missed {presence}")?;
        }
        for event in &self.invented {
            write!(f, "\n    invented {event}")?;
        }
        Ok(())
    }
}

#[test]
fn runs_join_within_the_post_roll_and_short_ones_open_nothing() {
    let shows = |seconds: &[usize]| {
        let pictures =
            (0..100).map(|number| Picture { boxes: seconds.contains(&number).then(marked).into_iter().collect() });
        pictures.collect()
    };
    let truth = |pictures| Truth {
        seed: 0,
        place: iris_demo::place::PlaceName::Hall,
        camera: String::new(),
        width: 1280,
        height: 720,
        fps: FPS,
        start: 0.0,
        cast: Vec::new(),
        pictures,
    };
    let all: Vec<usize> = (0..100).collect();
    let rules = Rules { min_trigger_frames: 3, post_s: 2.0 };
    // Two are too few; 30 to 32 open; 52 comes back after 2.0 s; 73 after 2.1 s and alone.
    let presences = wanted(&truth(shows(&[10, 11, 30, 31, 32, 52, 73])), &all, &rules);
    assert_eq!(presences, [Presence { start: 3.0, end: 5.2 }]);
}

#[cfg(test)]
fn marked() -> iris_demo::truth::Marked {
    iris_demo::truth::Marked {
        visit: 1,
        identity: iris_demo::script::Identity::Person(0),
        class: Class::Person,
        whole: [0, 0, 20, 40],
        visible: None,
        visibility: 1.0,
        cut: false,
        face: None,
    }
}
