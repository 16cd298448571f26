//! NATS: reached, of what version, with streams, taking what Iris sends, with a certificate that lasts.

use std::time::Duration;

use iris_bus::message::CROP_BYTES_MAX;
use iris_bus::{Bus, BusError, BusOptions, BusServer};

use super::settings::Chosen;
use super::{Finding, certificate};

const AREA: &str = "bus";

/// The library tries for 3 s; a name that is not resolved takes longer.
const CONNECT_WITHIN: Duration = Duration::from_secs(8);
/// What the headers and the fields beside a picture take at most.
const BESIDE_BYTES: usize = 64 << 10;
/// The largest picture that a camera may ask to be judged, `detect_imgsz` 1920: I420, square.
const FRAME_BYTES_MAX: usize = 1920 * 1920 * 3 / 2;

/// Looks at the bus.
pub async fn look(chosen: &Chosen) -> Vec<Finding> {
    let url = &chosen.common.nats_url;
    let options = BusOptions { url: url.expose().to_owned(), name: "iris doctor".to_owned() };
    let mut findings = match tokio::time::timeout(CONNECT_WITHIN, Bus::connect_now(&options)).await {
        Ok(Ok(bus)) => judge(&url.to_string(), &bus.server()),
        Ok(Err(error)) => vec![Finding::fault(AREA, format!("NATS at {url}: {error}"), remedy(&error.to_string()))],
        Err(_) => {
            let seen = format!("NATS at {url}: no answer within {} s", CONNECT_WITHIN.as_secs());
            vec![Finding::fault(AREA, seen, remedy(&BusError::Disconnected.to_string()))]
        }
    };
    let host = url::Url::parse(url.expose()).ok();
    if let Some((host, port)) = host.as_ref().and_then(|url| Some((url.host_str()?, url.port().unwrap_or(4222)))) {
        findings.extend(certificate::look(AREA, host, port));
    }
    findings
}

/// What to do, by what was said.
fn remedy(error: &str) -> &'static str {
    let error = error.to_lowercase();
    if error.contains("authorization") {
        "the server knows another password: give both the same (nats_url here, nats_passwords there), and start both again"
    } else if error.contains("tls") || error.contains("certificate") {
        "name the authority that signed the server's certificate in SSL_CERT_FILE, and the server as its certificate does"
    } else {
        "start NATS, or mend nats_url; in a container, look whether it is in the network `bus`"
    }
}

/// What is right and wrong with a server.
fn judge(url: &str, server: &BusServer) -> Vec<Finding> {
    let BusServer { version, payload_bytes_max, jetstream, .. } = server;
    let mib = *payload_bytes_max as f64 / f64::from(1 << 20);
    let mut findings = Vec::new();
    if !jetstream {
        let remedy = "start it with JetStream, as deploy/nats/nats.conf and server.conf do: without it no event is told and nobody known again";
        findings.push(Finding::fault(AREA, format!("NATS {version} at {url} keeps no streams"), remedy));
    }
    let set = "set max_payload to 8MB, as deploy/nats/limits.conf does";
    if *payload_bytes_max < CROP_BYTES_MAX + BESIDE_BYTES {
        let seen = format!(
            "NATS {version} takes messages of {mib:.1} MiB at most, and crops have up to {} MiB",
            CROP_BYTES_MAX >> 20
        );
        findings.push(Finding::fault(AREA, seen, set));
    } else if *payload_bytes_max < FRAME_BYTES_MAX + BESIDE_BYTES {
        let seen = format!(
            "NATS {version} takes messages of {mib:.1} MiB at most: cameras with a large detect_imgsz are not judged"
        );
        findings.push(Finding::warning(AREA, seen, set));
    }
    if findings.is_empty() {
        findings
            .push(Finding::ok(AREA, format!("NATS {version} at {url}: keeps streams, takes messages of {mib:.0} MiB")));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn levels(payload_bytes_max: usize, jetstream: bool) -> Vec<Level> {
        let server = BusServer { version: "2.9.25".to_owned(), payload_bytes_max, jetstream, tls: false };
        judge("nats://bus", &server).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn a_server_without_streams_or_room_for_a_crop_is_a_fault() {
        assert_eq!(levels(8 << 20, true), [Level::Ok]);
        assert_eq!(levels(4 << 20, true), [Level::Warning]);
        // NATS' own default.
        assert_eq!(levels(1 << 20, true), [Level::Fault]);
        assert_eq!(levels(8 << 20, false), [Level::Fault]);
        assert_eq!(levels(1 << 20, false), [Level::Fault, Level::Fault]);
    }

    #[test]
    fn what_is_said_leads_to_what_is_done() {
        assert!(remedy("connect to NATS: authorization violation").contains("password"));
        assert!(remedy("connect to NATS: TLS error: invalid peer certificate").contains("SSL_CERT_FILE"));
        assert!(remedy("connect to NATS: Connection refused").contains("start NATS"));
    }
}
