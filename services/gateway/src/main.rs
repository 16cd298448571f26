//! The gateway: the only door to Iris from outside. See `lib.rs` for what it does and `config.rs` for its settings.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "gateway", version: env!("CARGO_PKG_VERSION") }, iris_gateway::run)
}
