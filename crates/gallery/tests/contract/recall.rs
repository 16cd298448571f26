//! A gallery in memory that is too large to be looked through finds whom a plain scan finds.

use iris_domain::Embedding;
use iris_gallery::{Entry, Gallery, Kind, MemoryGallery, Of, Query};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::support::{entry, feature, identity, plain_scan};
use crate::world::World;

const PEOPLE: usize = 1000;
const EXEMPLARS: usize = 12;
/// Below it nobody is taken for anybody.
const THRESHOLD: f32 = 0.3;
const RECALL_MIN: f64 = 0.995;

#[tokio::test]
async fn the_best_subject_is_found_wherever_it_may_count() {
    let rng = &mut ChaCha8Rng::seed_from_u64(11);
    let world = World { dimensions: 256, freedom: 256, looks: 2 };
    let people: Vec<_> = (0..PEOPLE).map(|_| world.person(rng)).collect();
    let entries: Vec<Entry> = (0..PEOPLE * EXEMPLARS)
        .map(|number| {
            let values = people[number / EXEMPLARS].exemplar(rng, number % EXEMPLARS);
            entry(number as u64 + 1, identity((number / EXEMPLARS) as i64 + 1), feature(&values))
        })
        .collect();
    let gallery = MemoryGallery::default();
    gallery.upsert(entries.clone()).await.unwrap();
    let (mut asked, mut found) = (0, 0);
    for number in 0..300 {
        let person = &people[number * 7 % PEOPLE];
        let values = if number % 2 == 0 { person.exemplar(rng, number / 2) } else { person.blurred(rng, number / 2) };
        let seen = feature(&values);
        let query = Query::new(Of::Identities, Kind::Face, &seen, 3);
        let (hits, expected) = (gallery.search(&query).await.unwrap(), plain_scan(&entries, &query));
        assert_eq!(hits.len(), 3);
        assert!(hits.iter().all(|hit| is_true(hit.score, &seen.embedding, &entries[hit.entry as usize - 1])));
        if expected[0].score >= THRESHOLD {
            asked += 1;
            found += u32::from(hits[0] == expected[0]);
        }
    }
    assert!(asked > 200, "the test asks of too few: {asked}");
    assert!(f64::from(found) / f64::from(asked) >= RECALL_MIN, "{found} of {asked}");
}

fn is_true(score: f32, seen: &Embedding, entry: &Entry) -> bool {
    score == seen.cosine(&entry.feature.embedding)
}
