//! What a process has used, by the kernel's own count.

use anyhow::Context as _;

/// Clock ticks a second in `/proc`: 100 on every Linux that Debian builds.
const TICKS_PER_SECOND: f64 = 100.0;
/// Where in a stat line, behind the name, the parent stands.
const PARENT: usize = 1;
/// Where the times stand: user, system, and both of the children that have ended.
const UTIME: usize = 11;

/// Seconds of CPU so far, user and system.
pub fn cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let stat =
        std::fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("read the times of {pid}"))?;
    Ok((field(&stat, UTIME)? + field(&stat, UTIME + 1)?) / TICKS_PER_SECOND)
}

/// The same of a process and its children, with those that have ended.
pub fn family_cpu_seconds(pid: u32) -> anyhow::Result<f64> {
    let mut ticks = 0.0;
    for entry in std::fs::read_dir("/proc")? {
        // What is no process, or ended in between, is no matter.
        let Ok(stat) = std::fs::read_to_string(entry?.path().join("stat")) else { continue };
        if stat.starts_with(&format!("{pid} ")) || field(&stat, PARENT)? == f64::from(pid) {
            ticks += (UTIME..UTIME + 4).map(|index| field(&stat, index)).sum::<anyhow::Result<f64>>()?;
        }
    }
    Ok(ticks / TICKS_PER_SECOND)
}

/// A number of a line of `/proc/<pid>/stat`, counted from behind the name, which may hold spaces.
fn field(stat: &str, index: usize) -> anyhow::Result<f64> {
    let behind = stat.rsplit(')').next().context("an odd stat line")?;
    behind.split_whitespace().nth(index).and_then(|field| field.parse().ok()).context("an odd stat line")
}

/// Resident memory in MiB.
pub fn resident_mib(pid: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).context("no VmRSS")?;
    let kib: f64 = line.split_whitespace().nth(1).context("an odd VmRSS line")?.parse()?;
    Ok(kib / 1024.0)
}
