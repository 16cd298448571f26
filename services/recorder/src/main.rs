//! The recorder service: writes one event per presence, with its clip.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "recorder", version: env!("CARGO_PKG_VERSION") }, iris_recorder::run)
}
