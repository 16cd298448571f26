//! Facts and the work on them, and who may say and hear what, against a real NATS server.

mod bus;
mod poison;
mod rights;
mod sharing;
mod survival;
