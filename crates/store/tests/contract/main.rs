//! The store's contract, against a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod cameras;
mod corrections;
mod downtimes;
mod events;
mod face_samples;
mod forgetting;
mod gallery;
mod identities;
mod interleaving;
mod invariants;
mod outages;
mod people;
mod rights;
mod scene;
mod sightings;
mod subjects;
mod support;
mod totals;
mod tracklets;
mod visits;
