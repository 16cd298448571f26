//! The folder of real footage, models and ground truth that accuracy tests are held to. It is not in the repository
//! and not on every machine; a test that needs it says so and passes where it is absent.

use std::path::{Path, PathBuf};

/// The folder, known to exist.
#[derive(Clone, Debug)]
pub struct Realdata {
    root: PathBuf,
}

impl Realdata {
    /// The folder named by `IRIS_REALDATA`, else `../shared/realdata` beside the repository. Where there is none, prints a
    /// `skipped:` line and returns nothing; the caller then returns from its test.
    #[must_use]
    pub fn find() -> Option<Self> {
        let root = std::env::var_os("IRIS_REALDATA").map_or_else(beside_the_repository, PathBuf::from);
        if root.join("MANIFEST.json").is_file() {
            return Some(Self { root });
        }
        println!("skipped: no real data at {} (set IRIS_REALDATA)", root.display());
        None
    }

    /// The path of one file, e.g. `video/car-detection.mp4`.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }
}

fn beside_the_repository() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/realdata")).to_owned()
}
