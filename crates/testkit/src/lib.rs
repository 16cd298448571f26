//! Servers, cameras and services for tests: everything a story needs to talk to real things.
//!
//! Test code drives it; no service depends on it. It decides nothing about the product and asserts nothing: it starts,
//! stops, asks and waits, and says clearly what failed.

pub mod api;
pub mod bucket;
pub mod camera;
pub mod deployment;
pub mod mosquitto;
pub mod nats;
pub mod nginx;
pub mod port;
pub mod postgres;
pub mod process;
pub mod qdrant;
pub mod realdata;
pub mod scoring;
pub mod service;
pub mod system;
pub mod wait;
pub mod webhooks;
