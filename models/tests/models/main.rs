//! The commands of `iris-models` against a real HTTP server on loopback that misbehaves as told, with folders of their
//! own. What a person would be told is compared where it matters that they are told it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops there")]

mod checking;
mod consenting;
mod fetching;
mod manifests;
mod server;
mod using;
mod world;
