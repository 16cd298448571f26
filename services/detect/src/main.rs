//! The detection service: pictures in, boxes out, nothing remembered.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "detect", version: env!("CARGO_PKG_VERSION") }, iris_detect::run)
}
