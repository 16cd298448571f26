//! Free TCP ports for servers that must be told their port before they start, and keep it over a restart.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::Context;

/// Ports below Linux's ephemeral range (32768 and up), so that no outgoing connection of another test takes one between
/// the look and the use.
const FIRST: u16 = 20_000;
const LAST: u16 = 31_999;

/// Test processes that run at once have different ids; each looks first at a stretch of its own, this long.
const PORTS_PER_PROCESS: u32 = 24;

/// A port of 127.0.0.1 on which nothing listens now. No two calls in one process give the same one.
///
/// # Errors
/// Every port of the range is taken.
pub fn free_port() -> anyhow::Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    let count = u32::from(LAST - FIRST) + 1;
    (0..count)
        .map(|_| {
            let offset =
                std::process::id().wrapping_mul(PORTS_PER_PROCESS) + u32::from(GIVEN.fetch_add(1, Ordering::Relaxed));
            FIRST + u16::try_from(offset % count).expect("the range fits into u16")
        })
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .with_context(|| format!("find a free port in {FIRST}..={LAST}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_and_differ() {
        let first = free_port().unwrap();
        let second = free_port().unwrap();
        assert_ne!(first, second);
        TcpListener::bind(("127.0.0.1", first)).unwrap();
        TcpListener::bind(("127.0.0.1", second)).unwrap();
    }
}
