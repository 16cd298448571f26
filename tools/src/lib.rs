//! The operator's tools, behind the command `iris`: what concerns a whole Iris, its database and its files together, and is
//! done by a person now and then. No service runs anything of this, and it does nothing of a service's: settings, the database, the
//! library and the networks are reached by the crates that the services reach them by.

pub mod backup;
pub mod check;
pub mod doctor;
pub mod postgres;
pub mod progress;
pub mod restore;
pub mod surroundings;
