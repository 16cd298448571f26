//! How long the decisions about identities take on this machine: `cargo run --release -p iris-domain --example identity_speed`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use iris_domain::identity::{
    ApartPairs, AssociationRules, Candidate, FaceView, GroupSettings, GroupedFace, Observation, Tracklet, decide,
    group_faces,
};
use iris_domain::{
    CameraId, Class, Embedding, FaceSampleId, Feature, IdentityId, ModelFingerprint, Timestamp, TrackKey,
};

/// As many as a face network gives.
const DIMENSIONS: usize = 512;
/// The most that the interface lets be grouped at once.
const SAMPLES: usize = 2000;
/// What takes microseconds is done so often at once: the system's figures are no finer than a tick.
const REPEATED: u32 = 5000;
/// Faces per person among the samples.
const PER_PERSON: usize = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let samples = samples()?;
    for clothing_weight in [0.0, 0.3] {
        let settings = GroupSettings { clothing_weight, ..GroupSettings::default() };
        let mut groups = 0;
        let took = fastest(5, || groups = group_faces(&samples, &settings, &ApartPairs::default()).len());
        println!("{SAMPLES} faces, clothing weight {clothing_weight}: {groups} groups in {took:?}");
    }
    let tracklet = tracklet(&samples)?;
    let candidates = candidates()?;
    let rules = AssociationRules::default();
    let took = fastest(5, || {
        for _ in 0..REPEATED {
            std::hint::black_box(decide(&tracklet, None, &candidates, &rules, Timestamp::EPOCH));
        }
    });
    println!("one decision among {} candidates: {:?}", candidates.len(), took / REPEATED);
    let took = fastest(5, || {
        for _ in 0..REPEATED {
            std::hint::black_box((tracklet.face_mean(&rules), tracklet.body_mean(&rules)));
        }
    });
    println!("the means of one tracklet: {:?}", took / REPEATED);
    Ok(())
}

/// The fastest of some runs, by the time a core really spent on it where the system tells: other work must not count.
fn fastest(runs: usize, mut run: impl FnMut()) -> Duration {
    let started = Instant::now();
    let clock = || on_core().unwrap_or_else(|| started.elapsed());
    let timed = |()| {
        let before = clock();
        run();
        clock() - before
    };
    std::iter::repeat_n((), runs).map(timed).min().unwrap_or_default()
}

/// How long this process has run on a core: the first of Linux's scheduling figures.
fn on_core() -> Option<Duration> {
    let figures = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(Duration::from_nanos(figures.split_whitespace().next()?.parse().ok()?))
}

/// Numbers that look random and are the same every time (SplitMix64).
struct Numbers(u64);

impl Numbers {
    fn feature(&mut self, middle: Option<&Feature>) -> Result<Feature, Box<dyn std::error::Error>> {
        let noise = Embedding::new(&(0..DIMENSIONS).map(|_| self.next()).collect::<Vec<f32>>())?;
        let embedding = match middle {
            Some(middle) => Embedding::mean([(&middle.embedding, 0.8), (&noise, 0.6)]).ok_or("they cancel out")?,
            None => noise,
        };
        Ok(Feature { embedding, model: ModelFingerprint::new("speed")?, quality: self.next().abs() })
    }

    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1u32 << 23) as f32 - 1.0
    }
}

fn samples() -> Result<Vec<GroupedFace>, Box<dyn std::error::Error>> {
    let mut numbers = Numbers(1);
    let mut samples = Vec::new();
    for number in 0..SAMPLES {
        if number % PER_PERSON == 0 {
            samples.push(sample(number, numbers.feature(None)?, numbers.feature(None)?)?);
        } else {
            let first: &GroupedFace = &samples[number - number % PER_PERSON];
            let (face, body) = (first.face.clone(), first.body.clone());
            samples.push(sample(number, numbers.feature(Some(&face))?, numbers.feature(body.as_ref())?)?);
        }
    }
    Ok(samples)
}

fn sample(number: usize, face: Feature, body: Feature) -> Result<GroupedFace, Box<dyn std::error::Error>> {
    Ok(GroupedFace {
        id: FaceSampleId::new(number as i64 + 1)?,
        identity: None,
        captured: Timestamp::EPOCH,
        face,
        body: Some(body),
    })
}

fn tracklet(samples: &[GroupedFace]) -> Result<Tracklet, Box<dyn std::error::Error>> {
    let observation = |number: usize| -> Result<Observation, Box<dyn std::error::Error>> {
        let captured = Timestamp::EPOCH.plus(Duration::from_secs(number as u64));
        let face = FaceView { feature: samples[number].face.clone(), width_px: 60.0, yaw_ratio: 0.1, score: 0.9 };
        Ok(Observation {
            track: TrackKey { run: Default::default(), number: 1 },
            camera: CameraId::new(1)?,
            class: Class::person(),
            first_seen: Timestamp::EPOCH,
            last_seen: captured,
            captured,
            score: 0.9,
            companions: Vec::new(),
            ended: false,
            face: Some(face),
            body: samples[number].body.clone(),
            colour: None,
        })
    };
    let mut tracklet = Tracklet::begin(&observation(0)?, Timestamp::EPOCH);
    for number in 0..8 {
        tracklet.observe(&observation(number)?, Timestamp::EPOCH);
    }
    Ok(tracklet)
}

fn candidates() -> Result<Vec<Candidate>, Box<dyn std::error::Error>> {
    let candidate = |number: i64| -> Result<Candidate, Box<dyn std::error::Error>> {
        Ok(Candidate {
            identity: IdentityId::new(number)?,
            named: false,
            class: Class::person(),
            face: Some(0.3 + 0.002 * number as f32),
            body: Some(0.6),
            last_seen: Timestamp::EPOCH,
            cannot_link: false,
            apart_from: BTreeSet::new(),
            exemplars: Vec::new(),
        })
    };
    (1..=20).map(candidate).collect()
}
