//! The gateway as a client meets it: over HTTP, with a real Postgres and a real NATS behind it. The other services are played by
//! the tests, over the bus and through the store.

mod auth;
mod cameras;
mod conventions;
mod events;
mod media;
mod outages;
mod support;
mod system;
