//! The clock: kept, and not apart from the servers'. Clips are found by the time of day, and events are told apart by it.

use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use iris_domain::Timestamp;

use super::Finding;

const AREA: &str = "clock";

/// Less is a matter of networks.
const SKEW_MAX: Duration = Duration::from_secs(2);

/// Looks whether the system keeps its clock.
pub fn look() -> Vec<Finding> {
    // systemd asks the kernel, whoever keeps the clock: chrony, ntpd or its own. Where it is not, as in a container, the host knows.
    let asked = Command::new("timedatectl")
        .args(["show", "--property=NTPSynchronized", "--value"])
        .stdin(Stdio::null())
        .output();
    let said = asked.ok().filter(|output| output.status.success());
    vec![judge(said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).as_deref())]
}

fn judge(said: Option<&str>) -> Finding {
    match said {
        Some("yes") => Finding::ok(AREA, "kept by a time server"),
        Some("no") => Finding::warning(
            AREA,
            "nobody keeps this machine's clock",
            "install systemd-timesyncd or chrony, and let it reach a time server: recordings are found by the time of day",
        ),
        _ => Finding::ok(AREA, "whether it is kept is known to the host only (timedatectl)"),
    }
}

/// How far another's clock is from this one's, when it was read between these two moments. What the answer took counts for neither.
pub fn apart(theirs: Timestamp, asked: SystemTime, answered: SystemTime) -> Duration {
    let (asked, answered) = (Timestamp::from_system(asked), Timestamp::from_system(answered));
    asked.since(theirs).max(theirs.since(answered))
}

/// What is wrong with it, if anything is.
pub fn judge_skew(area: &'static str, whose: &str, skew: Duration) -> Option<Finding> {
    let seen = || format!("{whose} is {:.1} s apart from this machine's", skew.as_secs_f64());
    (skew > SKEW_MAX).then(|| Finding::warning(area, seen(), "let a time server keep both clocks"))
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_clock_within_the_answers_time_is_right() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds);
        let theirs = |seconds| Timestamp::from_system(at(seconds));
        assert_eq!(apart(theirs(11), at(10), at(12)), Duration::ZERO);
        assert_eq!(apart(theirs(7), at(10), at(12)), Duration::from_secs(3));
        assert_eq!(apart(theirs(17), at(10), at(12)), Duration::from_secs(5));
        assert!(judge_skew(AREA, "it", Duration::from_secs(2)).is_none());
        assert!(judge_skew(AREA, "it", Duration::from_secs(3)).is_some());
    }

    #[test]
    fn only_a_clock_that_is_known_to_be_free_is_a_warning() {
        let levels: Vec<Level> = [Some("yes"), Some("no"), Some(""), None].map(|said| judge(said).level).into();
        assert_eq!(levels, [Level::Ok, Level::Warning, Level::Ok, Level::Ok]);
    }
}
