//! The notify service: tells people and their homes who visits.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "notify", version: env!("CARGO_PKG_VERSION") }, iris_notify::run)
}
