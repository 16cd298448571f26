//! The notify service's binary beside a real NATS, a real Postgres and real HTTP servers that are told.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod home;
mod stage;
mod telling;
mod trouble;
