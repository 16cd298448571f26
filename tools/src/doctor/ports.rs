//! The services' ports: answered by Iris, free for it, or taken by somebody else; and what the services say of themselves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use iris_notify::NotifySettings;
use iris_runtime::settings::{HealthListen, SERVICES};
use serde_json::Value;

use super::Finding;
use super::settings::Chosen;

const AREA: &str = "services";

/// They answer from memory.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// What came from a port.
enum Answer {
    /// Nobody listens.
    Nobody,
    /// Somebody who answers nothing that Iris would.
    Other(String),
    /// A status and what was with it.
    Said(u16, Value),
}

/// Looks at the ports of the chosen services.
pub async fn look(chosen: &Chosen, first: Option<u16>) -> Vec<Finding> {
    let listens = [
        chosen.gateway.as_ref().map(|gateway| gateway.common.health_listen),
        chosen.ingest.as_ref().map(|ingest| ingest.common.health_listen),
        chosen.detect.as_ref().map(|detect| detect.common.health_listen),
        chosen.recorder.as_ref().map(|recorder| recorder.common.health_listen),
        chosen.reid.as_ref().map(|reid| reid.common.health_listen),
        chosen.notify.as_ref().filter(|notify| is_wanted(&notify.service)).map(|notify| notify.common.health_listen),
    ];
    let mut findings = Vec::new();
    for (index, ((name, _), listen)) in SERVICES.into_iter().zip(listens).enumerate() {
        let Some(HealthListen::Socket(mut address)) = listen else { continue };
        if let Some(port) = first.and_then(|first| first.checked_add(u16::try_from(index).ok()?)) {
            address.set_port(port);
        }
        findings.push(judge_health(name, address, &ask(address, "/ready").await));
    }
    if let Some(gateway) = &chosen.gateway {
        let listen = gateway.service.listen;
        findings.push(judge_gateway(listen, &ask(listen, "/health").await));
    }
    findings
}

/// Without a target there is nobody to be told, and no need of the service.
fn is_wanted(notify: &NotifySettings) -> bool {
    !notify.webhooks.is_empty() || notify.mqtt.is_some()
}

fn judge_health(name: &str, address: SocketAddr, answer: &Answer) -> Finding {
    match answer {
        Answer::Said(200, said) if said["ready"] == true => Finding::ok(AREA, format!("{name} is at work")),
        Answer::Said(503, said) if said["ready"] == false => {
            let lacks = said["not_ready"].to_string();
            Finding::fault(
                AREA,
                format!("{name} runs and is not ready: {lacks}"),
                format!("see its log; {address}/ready says when it is"),
            )
        }
        Answer::Nobody => Finding::warning(
            AREA,
            format!("{name} does not run here: nobody listens at {address}"),
            "start it, if it is to run on this machine",
        ),
        Answer::Said(..) | Answer::Other(_) => taken(name, address, answer, "health_listen"),
    }
}

fn judge_gateway(address: SocketAddr, answer: &Answer) -> Finding {
    match answer {
        Answer::Said(200, said) if said["status"] == "ok" => Finding::ok(AREA, format!("the API answers at {address}")),
        Answer::Said(200, said) if said["status"] == "degraded" => {
            let cameras = said["workers"]
                .as_array()
                .map_or(0, |workers| workers.iter().filter(|worker| worker["status"] != "online").count());
            let seen = format!("the API answers at {address}: degraded; {cameras} cameras are not online");
            Finding::warning(AREA, seen, "see /health, and the cameras on the page")
        }
        Answer::Nobody => Finding::ok(AREA, format!("{address} is free for the API")),
        Answer::Said(..) | Answer::Other(_) => taken("the API", address, answer, "listen"),
    }
}

fn taken(whose: &str, address: SocketAddr, answer: &Answer, setting: &str) -> Finding {
    let what = match answer {
        Answer::Said(status, _) => format!("it answers {status}"),
        Answer::Other(error) => error.clone(),
        Answer::Nobody => String::new(),
    };
    let seen = format!("{address}, the port of {whose}, is taken by another program ({what})");
    Finding::fault(AREA, seen, format!("stop it (ss -ltnp shows which), or choose another port by {setting}"))
}

async fn ask(address: SocketAddr, path: &str) -> Answer {
    let address = reachable(address);
    let client = reqwest::Client::builder().timeout(ANSWER_WITHIN).no_proxy().build();
    let asked = match client {
        Ok(client) => client.get(format!("http://{address}{path}")).send().await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(response) => {
            let status = response.status().as_u16();
            Answer::Said(status, response.json().await.unwrap_or(Value::Null))
        }
        Err(error) if error.is_connect() => Answer::Nobody,
        Err(error) if error.is_timeout() => Answer::Other("it does not answer".to_owned()),
        Err(_) => Answer::Other("it speaks no HTTP".to_owned()),
    }
}

/// Where a program on this machine reaches what listens on all addresses.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_port_is_iris_free_or_somebody_elses() {
        let address = "127.0.0.1:9100".parse().unwrap();
        let health = |answer| judge_health("ingest", address, &answer).level;
        assert_eq!(health(Answer::Said(200, json!({ "ready": true, "not_ready": {} }))), Level::Ok);
        assert_eq!(health(Answer::Said(503, json!({ "ready": false, "not_ready": { "bus": "?" } }))), Level::Fault);
        assert_eq!(health(Answer::Nobody), Level::Warning);
        assert_eq!(health(Answer::Said(404, Value::Null)), Level::Fault);
        let gateway = |answer| judge_gateway(address, &answer).level;
        assert_eq!(gateway(Answer::Said(200, json!({ "status": "ok" }))), Level::Ok);
        assert_eq!(gateway(Answer::Said(200, json!({ "status": "degraded", "workers": [] }))), Level::Warning);
        assert_eq!(gateway(Answer::Nobody), Level::Ok);
        for other in [Answer::Said(200, json!("hello")), Answer::Other("it speaks no HTTP".to_owned())] {
            assert_eq!(gateway(other), Level::Fault);
        }
        assert_eq!(reachable("0.0.0.0:8080".parse().unwrap()), "127.0.0.1:8080".parse().unwrap());
    }
}
