//! The operator's tools, used as an operator uses them: the program `iris`, with a real database, real files and real clips.

#![cfg(test)]

mod backups;
mod buckets;
mod checks;
mod doctors;
mod world;
