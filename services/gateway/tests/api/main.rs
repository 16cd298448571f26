//! The gateway as a client meets it: over HTTP, with a real Postgres and a real NATS behind it. The other services are played by
//! the tests, over the bus and through the store.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod analytics;
mod auth;
mod cameras;
mod conventions;
mod corrections;
mod downtimes;
mod events;
mod face_groups;
mod feed;
mod hls;
mod identities;
mod live;
mod media;
mod mjpeg;
mod outages;
mod owner;
mod people;
mod search;
mod sightings;
mod stage;
mod support;
mod system;
