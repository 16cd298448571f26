//! The data folder: there, writable, with room, quick enough, and one file system for what has to be linked. And the object store, where
//! media are in one.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use iris_library::MediaPath;
use iris_runtime::CommonSettings;

use super::Finding;
use super::settings::Chosen;
use crate::surroundings;

const AREA: &str = "disk";

/// Written to measure, in pieces of [`PIECE_BYTES`].
const MEASURED_BYTES: u64 = 32 << 20;
const PIECE_BYTES: usize = 1 << 20;
/// A slower disk is measured with less.
const MEASURED_WITHIN: Duration = Duration::from_secs(5);
/// Small writes that are brought to the disk one by one, as the steps of events are.
const STEPS: u32 = 10;
/// Forty cameras of 2 Mbit/s, and each second's recording once more as a clip.
const BYTES_A_SECOND_MIN: u64 = 20 << 20;
/// A step of an event should not wait for longer.
const STEP_MAX: Duration = Duration::from_millis(100);

/// Looks at the data folder, where a service writes into it.
pub fn look(chosen: &Chosen) -> Vec<Finding> {
    if !["ingest", "recorder", "gateway", "reid"].iter().any(|name| chosen.names.contains(name)) {
        return Vec::new();
    }
    let data_dir = &chosen.common.data_dir;
    let place = data_dir.display();
    if !data_dir.is_dir() {
        let remedy = "make it, or mend data_dir (IRIS_DATA_DIR): ingest, recorder, gateway and reid share one";
        return vec![Finding::fault(AREA, format!("there is no data folder {place}"), remedy)];
    }
    let mut findings = Vec::new();
    let floor = chosen.recorder.as_ref().map(|recorder| recorder.service.free_floor_bytes);
    match rustix::fs::statvfs(data_dir) {
        Ok(disk) => {
            let (free, total) = (disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize);
            findings.push(judge_room(data_dir, free, total, floor.unwrap_or(0)));
            if free > 4 * MEASURED_BYTES {
                findings.push(match measure(data_dir) {
                    Ok(speed) => judge_speed(data_dir, &speed),
                    Err(error) => Finding::fault(AREA, format!("{error:#}"), "let the services' user write there"),
                });
            }
        }
        Err(error) => findings.push(Finding::fault(AREA, format!("{place}: {error}"), "look at the disk")),
    }
    findings.push(one_file_system(data_dir));
    if let Some(bucket) = &chosen.common.library_url
        && ["recorder", "gateway", "reid"].iter().any(|name| chosen.names.contains(name))
    {
        findings.push(match surroundings::blocking(|| use_bucket(&chosen.common)) {
            Ok(()) => Finding::ok(AREA, format!("the object store {bucket} takes, gives and deletes")),
            Err(error) => {
                let remedy = "start it, or mend library_url: the key must be allowed to list, read, write and delete in the bucket";
                Finding::fault(AREA, format!("the object store {bucket}: {error:#}"), remedy)
            }
        });
    }
    findings
}

/// Stores a small file, reads it and deletes it.
fn use_bucket(common: &CommonSettings) -> anyhow::Result<()> {
    let library = surroundings::library(common)?;
    let path: MediaPath = format!("doctor/{}.txt", std::process::id()).parse()?;
    library.put_bytes(b"iris doctor", &path)?;
    let mut read = Vec::new();
    library.get(&path)?.context("it does not give what it took")?.copy_to(&mut read)?;
    anyhow::ensure!(read == b"iris doctor", "it gives other than it took");
    library.delete(&path)?;
    Ok(())
}

fn gib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 30)
}

fn judge_room(place: &Path, free: u64, total: u64, floor: u64) -> Finding {
    let (place, free_gib, total_gib) = (place.display(), gib(free), gib(total));
    let seen = format!("{place} has {free_gib:.1} of {total_gib:.1} GiB free");
    let remedy = "make room, or set library_quota_bytes or event_retention_days so that old events go in time";
    if floor > 0 && free < floor {
        Finding::fault(
            AREA,
            format!("{seen}, less than the floor of {:.1} GiB: the oldest events are being deleted", gib(floor)),
            remedy,
        )
    } else if free < floor.saturating_mul(2).max(total / 20) {
        Finding::warning(AREA, seen, remedy)
    } else {
        Finding::ok(AREA, seen)
    }
}

/// How quick a disk is.
#[derive(Debug, Clone, Copy)]
struct Speed {
    bytes_a_second: u64,
    /// The slowest but one of [`STEPS`] small writes.
    step: Duration,
}

/// Writes, brings to the disk, and removes.
fn measure(folder: &Path) -> anyhow::Result<Speed> {
    let failed = || format!("write in {}", folder.display());
    let mut file = tempfile::Builder::new().prefix(".iris-doctor-").tempfile_in(folder).with_context(failed)?;
    // Not of zeros, which some file systems do not store.
    let piece: Vec<u8> = (0..PIECE_BYTES).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let (started, mut written) = (Instant::now(), 0);
    while written < MEASURED_BYTES && started.elapsed() < MEASURED_WITHIN {
        file.write_all(&piece).with_context(failed)?;
        file.as_file().sync_data().with_context(failed)?;
        written += PIECE_BYTES as u64;
    }
    let taken = started.elapsed().as_secs_f64().max(0.001);
    let mut steps = Vec::new();
    for _ in 0..STEPS {
        let started = Instant::now();
        file.write_all(b"a step of an event").with_context(failed)?;
        file.as_file().sync_all().with_context(failed)?;
        steps.push(started.elapsed());
    }
    steps.sort();
    let step = steps.iter().rev().nth(1).copied().unwrap_or_default();
    Ok(Speed { bytes_a_second: (written as f64 / taken) as u64, step })
}

fn judge_speed(place: &Path, speed: &Speed) -> Finding {
    let Speed { bytes_a_second, step } = speed;
    let (mib, ms) = (bytes_a_second >> 20, step.as_secs_f64() * 1000.0);
    let seen = format!("{} takes {mib} MiB/s, each to the disk, and a small write in {ms:.0} ms", place.display());
    if *bytes_a_second < BYTES_A_SECOND_MIN || *step > STEP_MAX {
        let remedy = "a camera writes about 0.25 MB/s and its clips as much again: take a quicker disk, or a local one, or record fewer cameras here";
        Finding::warning(AREA, seen, remedy)
    } else {
        Finding::ok(AREA, seen)
    }
}

/// The recorder holds segments by hard links, and gives clips their names by renaming: all of the cell is one file system.
fn one_file_system(data_dir: &Path) -> Finding {
    let remedy = "put the whole data folder on one file system that knows hard links (ext4, xfs, btrfs)";
    let folders = ["segments", "recorder", "library"].map(|name| data_dir.join(name));
    let there: Vec<&Path> = folders.iter().map(std::path::PathBuf::as_path).filter(|folder| folder.is_dir()).collect();
    let devices = there.iter().map(|folder| fs::metadata(folder).map(|metadata| metadata.dev()));
    let devices: Vec<u64> = devices.flatten().collect();
    if devices.windows(2).any(|pair| pair[0] != pair[1]) {
        let seen = format!("segments, recorder and library below {} are not on one file system", data_dir.display());
        return Finding::fault(AREA, seen, remedy);
    }
    let from = there.first().copied().unwrap_or(data_dir);
    let to = there.last().copied().unwrap_or(data_dir);
    match link(from, to) {
        Ok(()) => Finding::ok(AREA, "segments can be held by hard links"),
        Err(error) => {
            Finding::fault(AREA, format!("no hard link from {} to {}: {error}", from.display(), to.display()), remedy)
        }
    }
}

fn link(from: &Path, to: &Path) -> std::io::Result<()> {
    let file = tempfile::Builder::new().prefix(".iris-doctor-").tempfile_in(from)?;
    let folder = tempfile::Builder::new().prefix(".iris-doctor-").tempdir_in(to)?;
    fs::hard_link(file.path(), folder.path().join("link"))?;
    File::open(folder.path().join("link")).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    const GIB: u64 = 1 << 30;

    #[test]
    fn room_is_judged_by_the_floor_and_by_the_disk() {
        let level = |free, total, floor| judge_room(Path::new("/data"), free, total, floor).level;
        assert_eq!(level(50 * GIB, 100 * GIB, GIB), Level::Ok);
        assert_eq!(level(4 * GIB, 100 * GIB, GIB), Level::Warning);
        assert_eq!(level(3 * GIB / 2, 10 * GIB, GIB), Level::Warning);
        assert_eq!(level(GIB / 2, 100 * GIB, GIB), Level::Fault);
        assert_eq!(level(GIB / 2, 100 * GIB, 0), Level::Warning);
    }

    #[test]
    fn a_slow_disk_is_a_warning() {
        let level = |mib: u64, ms| {
            let speed = Speed { bytes_a_second: mib << 20, step: Duration::from_millis(ms) };
            judge_speed(Path::new("/data"), &speed).level
        };
        assert_eq!([level(200, 5), level(5, 5), level(200, 300)], [Level::Ok, Level::Warning, Level::Warning]);
    }

    #[test]
    fn what_was_measured_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["segments", "recorder", "library"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        assert!(measure(folder.path()).unwrap().bytes_a_second > 0);
        assert_eq!(one_file_system(folder.path()).level, Level::Ok);
        let left = |path: &Path| fs::read_dir(path).unwrap().count();
        assert_eq!(
            (left(folder.path()), left(&folder.path().join("segments")), left(&folder.path().join("library"))),
            (3, 0, 0)
        );
    }
}
