//! The recorder as its neighbours see it: the real binary beside a real NATS and Postgres, real segments on the disk, and a test that
//! plays ingest. No test knows how the recorder is built.

mod film;
mod keeping;
mod manual;
mod outages;
mod presences;
mod stage;
