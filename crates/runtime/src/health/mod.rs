//! Whether this process can do its work, as its components say; the health port shows it to those who ask.

pub(crate) mod port;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The components of this process and their states. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<Components>>);

/// Each component and why it is not ready; `None` is ready.
type Components = BTreeMap<&'static str, Option<String>>;

impl Health {
    /// Without components, which counts as ready.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a component, not ready until it says so. The same name is the same component.
    pub fn component(&self, name: &'static str) -> Component {
        self.lock().entry(name).or_insert_with(|| Some("starting".to_owned()));
        Component { name, health: self.clone() }
    }

    /// The components that are not ready, and why; empty when the process can do its work.
    pub fn not_ready(&self) -> BTreeMap<&'static str, String> {
        self.lock().iter().filter_map(|(name, reason)| Some((*name, reason.clone()?))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Components> {
        // The map is whole whatever panicked: each change is one insertion.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One thing that must work for the process to be ready, such as its connection to the bus.
#[derive(Debug, Clone)]
pub struct Component {
    name: &'static str,
    health: Health,
}

impl Component {
    /// It works.
    pub fn ready(&self) {
        if self.set(None) {
            tracing::info!(component = self.name, "component `{}` is ready", self.name);
        }
    }

    /// It does not work; `reason` is shown to everyone who can reach the health port, so it holds no secrets.
    pub fn not_ready(&self, reason: impl Into<String>) {
        let reason = reason.into();
        if self.set(Some(reason.clone())) {
            tracing::warn!(component = self.name, reason, "component `{}` is not ready", self.name);
        }
    }

    /// Sets the state without a line in the log; false when it was the same before.
    pub(crate) fn set(&self, state: Option<String>) -> bool {
        self.health.lock().insert(self.name, state.clone()) != Some(state)
    }
}
