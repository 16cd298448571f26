//! What every Iris process needs and nothing of the domain: settings, logs and metrics, the health port, shutdown, and
//! tasks with names and owners.
//!
//! A service's `main.rs` is one call of [`main`]; its `run` is given its [`Settings`] and a [`Context`]. Tests of a
//! service make a [`Context`] themselves ([`Context::new`]) and settings by [`settings::load`].
//! This crate never knows what a service does, and no other place starts tasks.

mod data_dir;
mod health;
mod process;
pub mod settings;
mod supervise;
mod tasks;
mod telemetry;
mod trace_context;

pub use data_dir::cell_name;
pub use health::{Component, Health};
pub use process::main;
pub use settings::{CommonSettings, Secret, SecretUrl, Settings};
pub use tasks::{StillRunning, Task, TaskError, Tasks, Thread};
pub use tokio_util::sync::CancellationToken;
pub use trace_context::TraceContext;

/// Which program this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Its name, such as `ingest`.
    pub name: &'static str,
    /// Its version, `env!("CARGO_PKG_VERSION")`.
    pub version: &'static str,
}

/// What a running service is given. Clones share everything.
#[derive(Clone)]
pub struct Context {
    /// The settings that all services share.
    pub common: CommonSettings,
    /// This process's name among its kind: letters, digits, `-` and `_`. New with each start unless it is set.
    pub instance: String,
    /// Which program this is.
    pub service: Service,
    /// Cancelled when the process is to stop.
    pub shutdown: CancellationToken,
    /// The service's tasks; told to stop by `shutdown` and waited for after `run`.
    pub tasks: Tasks,
    /// The components that `/ready` asks about.
    pub health: Health,
}

impl Context {
    /// A fresh context; outside tests [`main`] makes it.
    pub fn new(service: Service, common: CommonSettings) -> Self {
        let shutdown = CancellationToken::new();
        let instance = common.instance.clone().unwrap_or_else(fresh_instance);
        let tasks = Tasks::new(shutdown.clone());
        Self { common, instance, service, shutdown, tasks, health: Health::new() }
    }
}

/// The host's name and a random suffix: readable, and new with each start, so that what a process held before it died
/// is never taken for its successor's.
fn fresh_instance() -> String {
    /// With the suffix well below the 64 characters that a set name may have.
    const HOST_CHARACTERS_MAX: usize = 40;
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let plain = |character: char| if character.is_ascii_alphanumeric() { character } else { '-' };
    let host: String = host.chars().map(plain).take(HOST_CHARACTERS_MAX).collect();
    format!("{host}-{:06x}", rand::random_range(0..0x0100_0000_u32))
}
