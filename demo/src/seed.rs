//! Randomness that can be repeated: every thing of the world draws from a stream of its own, named by what it is, so that
//! a new street lamp does not give everybody another face.

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};

/// The stream of the `index`th thing called `what` in the world of `seed`. The same three give the same numbers on every
/// machine and with every version of the generator (`rand_chacha` promises it).
#[must_use]
pub fn stream(seed: u64, what: &str, index: u64) -> ChaCha8Rng {
    let digest = Sha256::new()
        .chain_update(seed.to_le_bytes())
        .chain_update(index.to_le_bytes())
        .chain_update(what.as_bytes())
        .finalize();
    ChaCha8Rng::from_seed(digest.into())
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::stream;

    #[test]
    fn each_name_index_and_seed_has_its_own_numbers() {
        let first = |seed, what, index| stream(seed, what, index).random::<u64>();
        assert_eq!(first(1, "face", 2), first(1, "face", 2));
        for other in [first(2, "face", 2), first(1, "hair", 2), first(1, "face", 3)] {
            assert_ne!(first(1, "face", 2), other);
        }
    }
}
