//! The re-ID service: crops in, who it is out.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "reid", version: env!("CARGO_PKG_VERSION") }, iris_reid::run)
}
