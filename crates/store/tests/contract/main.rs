//! The store's contract, against a real PostgreSQL.

mod cameras;
mod events;
mod outages;
mod support;
mod totals;
