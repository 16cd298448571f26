//! Facts and the work on them, against a real NATS server.

mod bus;
mod poison;
mod sharing;
mod survival;
