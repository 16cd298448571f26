//! What one look found, for a person and for a program.

use std::fmt::Write as _;

use serde::Serialize;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// Iris works, and less well than it could, or not for ever.
    Warning,
    /// Something of Iris does not work.
    Fault,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Which part of Iris or of the machine: `settings`, `bus`, `disk`.
    pub area: &'static str,
    /// How it is.
    pub level: Level,
    /// What was seen.
    pub seen: String,
    /// What to do about it; none where all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn ok(area: &'static str, seen: impl Into<String>) -> Self {
        Self { area, level: Level::Ok, seen: seen.into(), remedy: None }
    }

    /// Iris works, but something should be done.
    pub fn warning(area: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { area, level: Level::Warning, seen: seen.into(), remedy: Some(remedy.into()) }
    }

    /// Something has to be done.
    pub fn fault(area: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { area, level: Level::Fault, seen: seen.into(), remedy: Some(remedy.into()) }
    }
}

/// For a person: a line for each, what to do beneath it, and how it is on the whole.
pub fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for Finding { area, level, seen, remedy } in findings {
        let word = match level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Fault => "FAULT",
        };
        let mut seen = seen.lines();
        // A text never fails to be written.
        let _ = writeln!(text, "{word:<8} {area:<9} {}", seen.next().unwrap_or_default());
        for line in seen {
            let _ = writeln!(text, "{:18} {line}", "");
        }
        if let Some(remedy) = remedy {
            let _ = writeln!(text, "{:18} -> {remedy}", "");
        }
    }
    let count = |wanted| findings.iter().filter(|finding| finding.level == wanted).count();
    let _ = match (count(Level::Fault), count(Level::Warning)) {
        (0, 0) => writeln!(text, "All is well."),
        (faults, warnings) => writeln!(text, "{}, {}.", counted(faults, "fault"), counted(warnings, "warning")),
    };
    text
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_what_to_do_beneath_what_is_wrong() {
        let findings = [
            Finding::ok("bus", "NATS 2.9"),
            Finding::fault("settings", "two things are wrong:\n  this\n  that", "mend it"),
        ];
        let wanted = "ok       bus       NATS 2.9\n\
                      FAULT    settings  two things are wrong:\n\
                      \x20                    this\n\
                      \x20                    that\n\
                      \x20                  -> mend it\n\
                      1 fault, 0 warnings.\n";
        assert_eq!(text(&findings), wanted);
        assert!(text(&findings[..1]).ends_with("All is well.\n"));
    }
}
