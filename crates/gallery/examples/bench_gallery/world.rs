//! Vectors as a network gives them of people: views of one person lie together, and a person may have several looks.

use rand::{Rng, RngExt};

/// The squared cosine, and so the share of the length, that a view has in common with its look: two views of one look have
/// this cosine to each other.
const WITHIN_LOOK: f32 = 0.7;
/// The cosine between two looks of one person, such as two sides of a face.
const BETWEEN_LOOKS: f32 = 0.4;
/// What a bad view keeps of its look: its cosine to good ones is about 0.45.
const WITHIN_BLUR: f32 = 0.3;

/// How vectors are made.
pub struct World {
    /// Values of a vector.
    pub dimensions: usize,
    /// Directions in which vectors of strangers differ: the fewer, the more strangers look alike.
    pub freedom: usize,
    /// Looks of a person.
    pub looks: usize,
}

/// The looks of one person.
pub struct Person<'a> {
    world: &'a World,
    looks: Vec<Vec<f32>>,
}

impl World {
    /// Somebody new.
    pub fn person(&self, rng: &mut impl Rng) -> Person<'_> {
        let centre = self.stranger(rng);
        let looks = match self.looks {
            1 => vec![centre],
            looks => (0..looks).map(|_| self.near(rng, &centre, BETWEEN_LOOKS)).collect(),
        };
        Person { world: self, looks }
    }

    /// A view of nobody in particular.
    pub fn stranger(&self, rng: &mut impl Rng) -> Vec<f32> {
        let mut values = vec![0.0; self.dimensions];
        values.iter_mut().take(self.freedom).for_each(|value| *value = normal(rng));
        if self.freedom < self.dimensions {
            // Networks use all their values, also where fewer would do.
            spread(&mut values);
        }
        unit(values)
    }

    /// A vector of which this share of the squared length is another's.
    fn near(&self, rng: &mut impl Rng, centre: &[f32], share: f32) -> Vec<f32> {
        let noise = self.stranger(rng);
        unit(
            centre
                .iter()
                .zip(noise)
                .map(|(centre, noise)| share.sqrt() * centre + (1.0 - share).sqrt() * noise)
                .collect(),
        )
    }
}

impl Person<'_> {
    /// A good view of one of the looks.
    pub fn exemplar(&self, rng: &mut impl Rng, look: usize) -> Vec<f32> {
        self.world.near(rng, &self.looks[look % self.looks.len()], WITHIN_LOOK)
    }

    /// A bad view of one of the looks.
    pub fn blurred(&self, rng: &mut impl Rng, look: usize) -> Vec<f32> {
        self.world.near(rng, &self.looks[look % self.looks.len()], WITHIN_BLUR)
    }
}

/// Turns a vector so that what lay in its first values lies in all: the Hadamard transform with signs.
fn spread(values: &mut [f32]) {
    assert!(values.len().is_power_of_two(), "the Hadamard transform takes a power of two");
    for (number, value) in values.iter_mut().enumerate() {
        // Any fixed irregular signs will do.
        *value *= if (number * number / 3) % 2 == 0 { 1.0 } else { -1.0 };
    }
    let mut half = 1;
    while half < values.len() {
        for pair in values.chunks_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = (*low + *high, *low - *high);
            }
        }
        half *= 2;
    }
}

/// By Box and Muller.
fn normal(rng: &mut impl Rng) -> f32 {
    let (radius, angle): (f32, f32) = (rng.random_range(f32::MIN_POSITIVE..1.0), rng.random());
    (-2.0 * radius.ln()).sqrt() * (std::f32::consts::TAU * angle).cos()
}

fn unit(mut values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    values.iter_mut().for_each(|value| *value /= length);
    values
}
