//! A real process, the example `idle`, from outside: its arguments, its health port, its signals and its exit codes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::{Duration, Instant};

/// Longer than any stop may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The example's path: cargo builds examples beside the tests' folder.
fn idle() -> Command {
    let tests = std::env::current_exe().unwrap();
    let example: PathBuf = tests.parent().unwrap().parent().unwrap().join("examples/idle");
    let mut command = Command::new(&example);
    command.env_clear().stdin(Stdio::null());
    command
}

/// A running example; killed when the test ends.
struct Idle {
    child: Child,
    log: BufReader<ChildStderr>,
    /// The log so far, read up to where somebody waited.
    seen: String,
}

impl Idle {
    fn start(environment: &[(&str, &str)]) -> Self {
        let mut command = idle();
        command.env("IRIS_HEALTH_LISTEN", "127.0.0.1:0").envs(environment.iter().copied()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("start the example `idle`");
        let log = BufReader::new(child.stderr.take().unwrap());
        Self { child, log, seen: String::new() }
    }

    /// Reads the log up to the first line that holds `text`.
    fn line_with(&mut self, text: &str) -> String {
        loop {
            let mut line = String::new();
            assert!(self.log.read_line(&mut line).unwrap() > 0, "no line with {text:?} in:\n{}", self.seen);
            self.seen.push_str(&line);
            if line.contains(text) {
                return line;
            }
        }
    }

    fn rest_of_log(&mut self) -> &str {
        self.log.read_to_string(&mut self.seen).unwrap();
        &self.seen
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    fn exit_code(&mut self) -> Option<i32> {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("still running after {PATIENCE:?}; its log:\n{}", self.seen)
    }

    /// The health port's address, from the log.
    fn health_port(&mut self) -> String {
        let line = self.line_with("health port listens");
        let address = line.split("http://").nth(1).unwrap();
        address.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect()
    }
}

impl Drop for Idle {
    fn drop(&mut self) {
        // Ended already in most tests.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// Sends `request` and reads the whole answer.
fn ask(address: &str, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    // A port that refuses a request may reset the connection after its answer.
    let _reset = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn get(address: &str, path: &str) -> String {
    ask(address, &format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n"))
}

#[test]
fn the_health_port_tells_life_readiness_and_metrics() {
    let mut idle = Idle::start(&[]);
    let address = idle.health_port();
    idle.line_with("component `worker` is ready");
    assert!(get(&address, "/live").starts_with("HTTP/1.1 200 OK"));
    let deadline = Instant::now() + PATIENCE;
    let mut ready = get(&address, "/ready");
    while !ready.starts_with("HTTP/1.1 200") && Instant::now() < deadline {
        ready = get(&address, "/ready");
    }
    assert!(ready.ends_with("{\"not_ready\":{},\"ready\":true}\n"), "{ready}");
    let metrics = get(&address, "/metrics");
    assert!(metrics.contains("content-type: text/plain; version=0.0.4"), "{metrics}");
    assert!(metrics.contains("iris_build_info{service=\"idle\",version="), "{metrics}");
    for name in ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds"] {
        assert!(metrics.lines().any(|line| line.starts_with(&format!("{name} "))), "{name} in {metrics}");
    }
    assert!(get(&address, "/other").starts_with("HTTP/1.1 404"));
    assert!(ask(&address, "POST /live HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n").starts_with("HTTP/1.1 405"));
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(9000));
    assert!(!ask(&address, &long).contains("200 OK"));
}

#[test]
fn a_termination_signal_drains_and_exits_with_0() {
    let mut idle = Idle::start(&[]);
    idle.line_with("component `worker` is ready");
    idle.signal(rustix::process::Signal::TERM);
    assert_eq!(idle.exit_code(), Some(0));
    let log = idle.rest_of_log();
    let place = |text| log.find(text).unwrap_or_else(|| panic!("{text:?} in {log}"));
    assert!(place("SIGTERM: stopping") < place("worker put its things away"));
    assert!(place("worker put its things away") < place("idle stopped"));
    assert!(!log.contains('\x1b'), "colours in a pipe: {log}");
    assert!(log.lines().all(|line| line.starts_with('{')), "no JSON in a pipe: {log}");
}

#[test]
fn a_stop_is_shown_as_not_ready_and_a_second_signal_ends_it_at_once() {
    let mut idle = Idle::start(&[("IRIS_MANNER", "hangs")]);
    let address = idle.health_port();
    idle.line_with("component `worker` is ready");
    idle.signal(rustix::process::Signal::INT);
    idle.line_with("SIGINT: stopping");
    let ready = get(&address, "/ready");
    assert!(ready.starts_with("HTTP/1.1 503") && ready.contains("\"process\":\"stopping\""), "{ready}");
    let before = Instant::now();
    while idle.child.try_wait().unwrap().is_none() && before.elapsed() < PATIENCE {
        idle.signal(rustix::process::Signal::INT);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(idle.exit_code(), Some(130));
    assert!(before.elapsed() < Duration::from_secs(5), "it waited for the drain");
}

#[test]
fn the_echo_of_a_signal_does_not_cut_the_stop_short() {
    let mut idle = Idle::start(&[]);
    idle.line_with("component `worker` is ready");
    idle.signal(rustix::process::Signal::INT);
    idle.line_with("SIGINT: stopping");
    idle.signal(rustix::process::Signal::INT);
    assert_eq!(idle.exit_code(), Some(0));
    assert!(idle.rest_of_log().contains("worker put its things away"));
}

#[test]
fn a_service_that_does_not_stop_is_ended_within_ten_seconds_and_named() {
    let mut idle = Idle::start(&[("IRIS_MANNER", "hangs")]);
    idle.line_with("component `worker` is ready");
    let before = Instant::now();
    idle.signal(rustix::process::Signal::TERM);
    assert_eq!(idle.exit_code(), Some(1));
    assert!(before.elapsed() < Duration::from_secs(10), "{:?}", before.elapsed());
    assert!(idle.rest_of_log().contains("idle failed: the service did not stop within 8 s"));
}

#[test]
fn failures_and_panics_exit_with_1_and_a_line() {
    for (manner, line) in
        [("fails", "idle failed: no reason to go on"), ("panics", "the service panicked: no way to go on")]
    {
        let mut idle = Idle::start(&[("IRIS_MANNER", manner)]);
        assert_eq!(idle.exit_code(), Some(1));
        assert!(idle.rest_of_log().contains(line), "{line:?} in {}", idle.seen);
    }
}

#[test]
fn a_taken_health_port_stops_the_start() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut idle = Idle::start(&[("IRIS_HEALTH_LISTEN", &address)]);
    assert_eq!(idle.exit_code(), Some(1));
    assert!(idle.rest_of_log().contains(&format!("listen for health checks at {address}")), "{}", idle.seen);
}

#[test]
fn check_prints_the_settings_in_force_without_secrets() {
    let output = idle().arg("--check").env("IRIS_API_KEY", "hush").env("IRIS_MANNER", "hangs").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(shown.contains("[common]") && shown.contains("health_listen = \"127.0.0.1:9100\""), "{shown}");
    assert!(shown.contains("[gateway]\nmanner = \"hangs\"\napi_key = \"***\""), "{shown}");
    assert!(!shown.contains("hush"), "{shown}");
}

#[test]
fn wrong_settings_and_arguments_exit_with_2() {
    let output = idle().arg("--check").env("IRIS_MANNER", "rude").env("IRIS_LOG", "a=b=c").output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("2 things are wrong") && told.contains("IRIS_MANNER") && told.contains("IRIS_LOG"), "{told}");
    assert_eq!(idle().arg("--nonsense").output().unwrap().status.code(), Some(2));
    assert_eq!(idle().args(["--config", "/nonexistent.toml"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn version_names_the_service() {
    let output = idle().arg("--version").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("idle {}\n", env!("CARGO_PKG_VERSION")));
}
