//! The vector index: which identities' exemplars and which people's enrolled faces look like what was just seen. The re-ID
//! leader drives it, writing what Postgres has committed; the gateway reads it. It is derived: whatever it loses is loaded
//! again from Postgres, and its epoch says up to which change it is true. It decides nothing; thresholds live in `domain`.

mod entry;
mod error;
mod gallery;
mod memory;
mod qdrant;

pub use entry::{Entry, Hit, Kind, Of, Query, SCORES_MAX, Subject};
pub use error::GalleryError;
pub use gallery::Gallery;
pub use memory::MemoryGallery;
pub use qdrant::{QdrantGallery, QdrantSettings, Quantization};
