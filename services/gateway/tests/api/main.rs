//! The gateway as a client meets it: over HTTP, with a real Postgres and a real NATS behind it. The other services are played by
//! the tests, over the bus and through the store.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

mod auth;
mod cameras;
mod conventions;
mod events;
mod feed;
mod hls;
mod live;
mod media;
mod mjpeg;
mod outages;
mod owner;
mod stage;
mod support;
mod system;
