//! Re-ID as its neighbours see it: the real binary beside a real NATS and Postgres, and a test that plays ingest, the gateway and, where
//! no networks are needed, the embedding nodes. No test knows how it is built.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by failing; clippy excuses test functions only"
)]

mod corrections;
mod crops;
mod identities;
mod people;
mod qdrant;
mod stage;
mod takeover;
mod turned_off;
