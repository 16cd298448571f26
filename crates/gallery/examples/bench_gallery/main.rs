//! Measures the gallery in memory on 100,000 exemplars of 512 dimensions: searches a second on one core against a plain scan,
//! and how often both find the same subject.
//!
//! `cargo run --release -p iris-gallery --example bench_gallery`. Prints a line per kind of data and exits with 1 when
//! association's bounds are missed. What is written into docs/adr/0009-gallery-index.md comes from here.

mod world;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use iris_domain::{Class, Embedding, Feature, IdentityId, ModelFingerprint, Timestamp};
use iris_gallery::{Entry, Gallery, Hit, Kind, MemoryGallery, Of, Query, Subject};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use world::World;

const DIMENSIONS: usize = 512;
/// As many subjects as association asks for.
const LIMIT: usize = 8;
const QUERIES: usize = 600;
/// Below it nobody is taken for anybody.
const THRESHOLD: f32 = 0.3;
/// The bounds, from the issue that asked for this gallery.
const PER_SECOND_MIN: f64 = 2000.0;
const RECALL_MIN: f64 = 0.995;

struct Scene {
    name: &'static str,
    people: usize,
    exemplars: usize,
    world: World,
}

/// Whether the view was of somebody in the gallery, and how good it was.
#[derive(Clone, Copy, PartialEq)]
enum View {
    Good,
    Bad,
    Stranger,
}

struct Asked {
    view: View,
    feature: Feature,
}

fn main() -> ExitCode {
    println!(
        "{:<44} {:>8} {:>9} {:>9} {:>6}   recall: {:>7} {:>7} {:>7} {:>7}",
        "exemplars", "load s", "plain /s", "here /s", "times", "all", "good", "bad", "nobody"
    );
    // All scenes are measured; the bounds are those of the first, as the issue describes it.
    let missed: Vec<bool> = scenes().iter().map(measure).collect();
    if missed[0] { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn scenes() -> [Scene; 4] {
    let world = |freedom, looks| World { dimensions: DIMENSIONS, freedom, looks };
    [
        Scene { name: "5,000 x 20, one look", people: 5000, exemplars: 20, world: world(DIMENSIONS, 1) },
        Scene { name: "8,333 x 12, two looks", people: 8333, exemplars: 12, world: world(DIMENSIONS, 2) },
        Scene { name: "8,333 x 12, two looks, in 128 directions", people: 8333, exemplars: 12, world: world(128, 2) },
        Scene { name: "50,000 x 2, one look", people: 50_000, exemplars: 2, world: world(DIMENSIONS, 1) },
    ]
}

/// Whether a bound was missed.
fn measure(scene: &Scene) -> bool {
    let rng = &mut ChaCha8Rng::seed_from_u64(1);
    let people: Vec<_> = (0..scene.people).map(|_| scene.world.person(rng)).collect();
    let entries: Vec<Entry> = (0..scene.people * scene.exemplars)
        .map(|number| entry(number, scene.exemplars, &people[number / scene.exemplars].exemplar(rng, number)))
        .collect();
    let asked: Vec<Asked> = (0..QUERIES)
        .map(|number| {
            let person = &people[number * 7919 % people.len()];
            let (view, values) = match number % 3 {
                0 => (View::Good, person.exemplar(rng, number / 3)),
                1 => (View::Bad, person.blurred(rng, number / 3)),
                _ => (View::Stranger, scene.world.stranger(rng)),
            };
            Asked { view, feature: feature(&values) }
        })
        .collect();

    let gallery = MemoryGallery::default();
    let (load, ()) = timed(|| wait(gallery.upsert(entries.clone())).expect("memory does not fail"));
    let (plain, expected) =
        timed(|| asked.iter().map(|asked| plain_scan(&entries, &asked.feature)).collect::<Vec<_>>());
    let search = |asked: &Asked| {
        let query = Query::new(Of::Identities, Kind::Face, &asked.feature, LIMIT);
        wait(gallery.search(&query)).expect("memory does not fail")
    };
    let (here, hits) = timed(|| asked.iter().map(search).collect::<Vec<_>>());

    let per_second = QUERIES as f64 / here.as_secs_f64();
    let recall = |of: &dyn Fn(View) -> bool| recall(&asked, &expected, &hits, of);
    let all = recall(&|_| true);
    println!(
        "{:<44} {:>8.2} {:>9.1} {:>9.0} {:>6.0}           {:>7.4} {:>7.4} {:>7.4} {:>7.4}",
        scene.name,
        load.as_secs_f64(),
        QUERIES as f64 / plain.as_secs_f64(),
        per_second,
        plain.as_secs_f64() / here.as_secs_f64(),
        all,
        recall(&|view| view == View::Good),
        recall(&|view| view == View::Bad),
        recall(&|view| view == View::Stranger),
    );
    per_second < PER_SECOND_MIN || all < RECALL_MIN
}

/// How often the best subject was found where it could count; 1 where it never could.
fn recall(asked: &[Asked], expected: &[(Subject, f32)], hits: &[Vec<Hit>], of: &dyn Fn(View) -> bool) -> f64 {
    let all = asked.iter().zip(expected).zip(hits);
    let counting = all.filter(|((asked, (_, score)), _)| of(asked.view) && *score >= THRESHOLD);
    let found: Vec<bool> = counting.map(|((_, (subject, _)), hits)| hits[0].subject == *subject).collect();
    found.iter().filter(|found| **found).count() as f64 / found.len().max(1) as f64
        + f64::from(u8::from(found.is_empty()))
}

/// The best subject and its score, found by looking at everything.
fn plain_scan(entries: &[Entry], seen: &Feature) -> (Subject, f32) {
    let mut best: BTreeMap<Subject, f32> = BTreeMap::new();
    for entry in entries {
        let score = seen.embedding.cosine(&entry.feature.embedding);
        best.entry(entry.subject).and_modify(|best| *best = best.max(score)).or_insert(score);
    }
    best.into_iter().max_by(|(_, a), (_, b)| a.total_cmp(b)).expect("there are entries")
}

fn entry(number: usize, exemplars: usize, values: &[f32]) -> Entry {
    let owner = IdentityId::new((number / exemplars) as i64 + 1).expect("positive");
    Entry {
        id: number as u64 + 1,
        subject: Subject::Identity(owner),
        kind: Kind::Face,
        feature: feature(values),
        class: Class::person(),
        camera: None,
        captured: Timestamp::EPOCH,
    }
}

fn feature(values: &[f32]) -> Feature {
    let embedding = Embedding::new(values).expect("a direction");
    Feature { embedding, model: ModelFingerprint::new("bench").expect("a fingerprint"), quality: 1.0 }
}

fn timed<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let started = Instant::now();
    let result = work();
    (started.elapsed(), result)
}

/// The gallery in memory never waits.
fn wait<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}
