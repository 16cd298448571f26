//! Tests over the whole system, in one binary so that they link once: a module per story.

// It is never anything else; said here, the rules for tests (`unwrap` is fine) hold for the stories' own functions too.
#![cfg(test)]

mod arrows;
mod backup;
mod bucket;
mod cells;
mod deployed;
mod footage;
mod identities;
mod kills;
mod live;
mod one_by_one;
mod proxy;
mod rolling;
mod telemetry;
mod traces;
mod truth;
mod visits;
mod walks;
