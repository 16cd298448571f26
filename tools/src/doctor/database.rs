//! Postgres: reached, of a version that is tested, with Iris' schema, with the rights that the services need and no more than
//! they need, with connections to spare and a clock that agrees.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use iris_runtime::SecretUrl;
use iris_store::{Rights, SchemaState, Server, Store, StoreError, StoreOptions};
use secrecy::SecretString;

use super::settings::Chosen;
use super::{Finding, clock};

const AREA: &str = "database";

/// The services' own patience.
const ANSWER_WITHIN: Duration = Duration::from_secs(4);
/// For a host that is there and lets nobody in.
const KNOCK_WITHIN: Duration = Duration::from_secs(3);
/// The oldest that is tested.
const MAJOR_MIN: u32 = 15;
/// Connections that one more service wants.
const SPARE_CONNECTIONS: u32 = 16;

/// Looks at each database that the chosen services use.
pub async fn look(chosen: &Chosen) -> Vec<Finding> {
    let mut urls: Vec<(&SecretUrl, bool)> = [
        chosen.gateway.as_ref().map(|gateway| (&gateway.service.database_url, true)),
        chosen.recorder.as_ref().map(|recorder| (&recorder.service.database_url, true)),
        chosen.reid.as_ref().map(|reid| (&reid.service.database_url, true)),
        // It reads some columns, and no more.
        chosen.notify.as_ref().map(|notify| (&notify.service.database_url, false)),
    ]
    .into_iter()
    .flatten()
    .collect();
    urls.dedup_by_key(|(url, _)| *url);
    let mut findings = Vec::new();
    for (url, all_rows) in urls {
        if let Err(error) = knock(url) {
            let remedy =
                "start PostgreSQL, or mend database_url; in a container, look whether it is in the network `data`";
            findings.push(Finding::fault(AREA, format!("PostgreSQL at {url}: {error:#}"), remedy));
            continue;
        }
        match ask(url).await {
            Ok(answers) => findings.extend(answers.judge(url, all_rows)),
            Err(error) => findings.push(Finding::fault(AREA, format!("PostgreSQL at {url}: {error}"), remedy(&error))),
        }
    }
    findings
}

/// Whether somebody listens there: the pool of connections tries until its time is over, and does not say what it met. An address
/// without a host is a socket's, which only the driver finds.
fn knock(url: &SecretUrl) -> anyhow::Result<()> {
    let url = url::Url::parse(url.expose())?;
    let Some(host) = url.host_str().filter(|host| !host.is_empty() && !host.contains('%')) else { return Ok(()) };
    let address = (host, url.port().unwrap_or(5432)).to_socket_addrs().with_context(|| format!("find {host}"))?.next();
    let address = address.with_context(|| format!("{host} has no address"))?;
    TcpStream::connect_timeout(&address, KNOCK_WITHIN).with_context(|| format!("connect to {address}"))?;
    Ok(())
}

/// What to do, by what was said.
fn remedy(error: &StoreError) -> &'static str {
    let said = error.to_string();
    if said.contains("password authentication") || said.contains("no password") {
        "the server knows another password: run deploy/postgres/roles.sql again, or mend database_url"
    } else if said.contains("does not exist") {
        "make the database (and run deploy/postgres/roles.sql in it), or mend database_url"
    } else {
        "see the server's log"
    }
}

struct Answers {
    server: Server,
    schema: SchemaState,
    rights: Rights,
    skew: Duration,
}

async fn ask(url: &SecretUrl) -> Result<Answers, StoreError> {
    let options = StoreOptions { answer_within: ANSWER_WITHIN, max_connections: 1, ..StoreOptions::new("iris doctor") };
    let store = Store::open(&SecretString::from(url.expose().to_owned()), &options).await?;
    // The first question pays for the connection; the clock is read by the second.
    store.ping().await?;
    let asked = SystemTime::now();
    let server = store.server().await?;
    let answered = SystemTime::now();
    let skew = clock::apart(server.now, asked, answered);
    let answers = Answers { schema: store.schema().await?, rights: store.rights().await?, server, skew };
    store.close().await?;
    Ok(answers)
}

impl Answers {
    /// `all_rows`: the service reads and writes all of them.
    fn judge(&self, url: &SecretUrl, all_rows: bool) -> Vec<Finding> {
        let Self { server, schema, rights, skew } = self;
        let mut findings = Vec::new();
        let mut fault = |seen: String, remedy: &str| findings.push(Finding::fault(AREA, seen, remedy));
        if server.is_standby {
            fault(format!("{url} is a standby and takes no writes"), "name the primary in database_url");
        }
        match schema {
            SchemaState::Missing => {
                fault(format!("{url} has no tables of Iris"), "run iris-migrate with the address of iris_owner")
            }
            SchemaState::Behind(steps) => {
                fault(
                    format!("the tables in {url} lack {}", steps.join(", ")),
                    "run iris-migrate with the address of iris_owner",
                );
            }
            SchemaState::Newer(steps) => {
                let seen = format!("the tables in {url} are a newer Iris' ({})", steps.join(", "));
                fault(seen, "use the image of that Iris, or restore the backup of before the upgrade");
            }
            SchemaState::Current if all_rows && !rights.rows => {
                let seen = format!("{} may not read and write the tables in {url}", server.role);
                fault(seen, "run deploy/postgres/roles.sql in this database");
            }
            SchemaState::Current => {}
        }
        let mut warn = |seen: String, remedy: &str| findings.push(Finding::warning(AREA, seen, remedy));
        if server.major < MAJOR_MIN {
            warn(format!("PostgreSQL {} is older than what is tested", server.version), "upgrade it to 15 or newer");
        }
        let spare = server.max_connections.saturating_sub(server.connections);
        if spare < SPARE_CONNECTIONS {
            let seen = format!("{} of {} connections are taken", server.connections, server.max_connections);
            warn(seen, "raise max_connections, or look who holds them (pg_stat_activity)");
        }
        findings.extend(clock::judge_skew(AREA, "PostgreSQL's clock", *skew));
        if findings.is_empty() {
            let uses = if rights.rows { "reads and writes" } else { "reads some of" };
            let owner = if rights.tables { ", which also owns them" } else { "" };
            findings.push(Finding::ok(
                AREA,
                format!(
                    "PostgreSQL {} at {url}: the tables are up to date, {} {uses} them{owner}",
                    server.version, server.role
                ),
            ));
        }
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use iris_domain::Timestamp;

    fn answers() -> Answers {
        let server = Server {
            version: "15.18".to_owned(),
            major: 15,
            now: Timestamp::EPOCH,
            is_standby: false,
            max_connections: 100,
            connections: 20,
            role: "iris_service".to_owned(),
        };
        let rights = Rights { rows: true, tables: false };
        Answers { server, schema: SchemaState::Current, rights, skew: Duration::from_millis(3) }
    }

    fn levels(answers: &Answers) -> Vec<Level> {
        let url = SecretUrl::parse("postgres://iris:secret@db/iris").unwrap();
        let findings = answers.judge(&url, true);
        assert!(findings.iter().all(|finding| !finding.seen.contains("secret")));
        findings.iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn each_thing_that_is_wrong_is_told() {
        assert_eq!(levels(&answers()), [Level::Ok]);
        let steps = vec!["0002_identities".to_owned()];
        for schema in [SchemaState::Missing, SchemaState::Behind(steps.clone()), SchemaState::Newer(steps)] {
            assert_eq!(levels(&Answers { schema, ..answers() }), [Level::Fault]);
        }
        assert_eq!(levels(&Answers { rights: Rights { rows: false, tables: false }, ..answers() }), [Level::Fault]);
        let server = Server { is_standby: true, ..answers().server };
        assert_eq!(levels(&Answers { server, ..answers() }), [Level::Fault]);
        let server = Server { major: 13, connections: 95, ..answers().server };
        assert_eq!(levels(&Answers { server, ..answers() }), [Level::Warning, Level::Warning]);
        assert_eq!(levels(&Answers { skew: Duration::from_secs(5), ..answers() }), [Level::Warning]);
    }
}
