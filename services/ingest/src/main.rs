//! The ingest service: owns cameras, records them, finds and follows what they see.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "ingest", version: env!("CARGO_PKG_VERSION") }, iris_ingest::run)
}
