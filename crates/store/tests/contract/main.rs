//! The store's contract, against a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

mod cameras;
mod events;
mod outages;
mod support;
mod totals;
