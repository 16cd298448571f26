//! Brings the database's schema up to date and ends. A deployment runs it before the services, with the address of the role that
//! owns the tables; the services' own role cannot change them. It reads `database_url` of the gateway's settings.

use std::process::ExitCode;

use iris_runtime::Service;

fn main() -> ExitCode {
    iris_runtime::main(Service { name: "migrate", version: env!("CARGO_PKG_VERSION") }, iris_gateway::migrate)
}
