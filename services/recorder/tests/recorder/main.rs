//! The recorder as its neighbours see it: the real binary beside a real NATS and Postgres, real segments on the disk, and a test that
//! plays ingest. No test knows how the recorder is built.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by failing; clippy excuses test functions only"
)]

mod film;
mod keeping;
mod manual;
mod outages;
mod presences;
mod stage;
