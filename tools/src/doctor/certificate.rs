//! How long the certificate of a NATS server lasts. The server is asked by itself, since the client library shows none: it says
//! in clear that it wants TLS, then speaks it.

use std::io::{BufRead as _, BufReader};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::Context as _;
use openssl::asn1::Asn1Time;
use openssl::ssl::{SslConnector, SslMethod, SslVerifyMode};

use super::Finding;

/// For each step of the conversation.
const WITHIN: Duration = Duration::from_secs(3);
/// A certificate that ends within this is renewed in peace.
const SOON_DAYS: i32 = 30;

/// Looks at the certificate, if the server has one. That it cannot be reached was found already.
pub fn look(area: &'static str, host: &str, port: u16) -> Option<Finding> {
    let days = days_left(host, port).ok().flatten()?;
    Some(judge(area, host, days))
}

fn judge(area: &'static str, host: &str, days: i32) -> Finding {
    let remedy = "delete secrets/nats.crt, run deploy/secrets, and recreate nats";
    if days < 0 {
        Finding::fault(area, format!("the certificate of {host} ended {} days ago", -days), remedy)
    } else if days < SOON_DAYS {
        Finding::warning(area, format!("the certificate of {host} ends in {days} days"), remedy)
    } else {
        Finding::ok(area, format!("the certificate of {host} lasts {days} days"))
    }
}

/// Days until it ends; `None` where the server speaks no TLS.
fn days_left(host: &str, port: u16) -> anyhow::Result<Option<i32>> {
    let address = (host, port).to_socket_addrs()?.next().context("no address")?;
    let stream = TcpStream::connect_timeout(&address, WITHIN)?;
    stream.set_read_timeout(Some(WITHIN))?;
    stream.set_write_timeout(Some(WITHIN))?;
    let mut greeting = String::new();
    // It waits for the client after this line, so nothing of what follows is read with it.
    BufReader::new(&stream).read_line(&mut greeting)?;
    let info: serde_json::Value = serde_json::from_str(greeting.trim_start_matches("INFO "))?;
    let tls = ["tls_required", "tls_available"].iter().any(|key| info[key] == true);
    if !tls {
        return Ok(None);
    }
    let mut connector = SslConnector::builder(SslMethod::tls_client())?;
    // Whether it is vouched for is the client library's word; here an ended one is to be seen too.
    connector.set_verify(SslVerifyMode::NONE);
    let session = connector.build().connect(host, stream)?;
    let certificate = session.ssl().peer_certificate().context("no certificate")?;
    let left = Asn1Time::days_from_now(0)?.diff(certificate.not_after())?;
    // A part of a day that is over counts as a day that is over.
    Ok(Some(if left.secs < 0 { left.days - 1 } else { left.days }))
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_certificate_that_ends_is_told_in_time() {
        for (days, level) in
            [(400, Level::Ok), (30, Level::Ok), (29, Level::Warning), (0, Level::Warning), (-1, Level::Fault)]
        {
            assert_eq!(judge("bus", "nats", days).level, level, "{days}");
        }
    }
}
