//! Films as cameras make them: pictures piped into the `ffmpeg` program, which encodes them with a microphone's noise.

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, bail};

use crate::picture::Renderer;
use crate::place::PlaceName;
use crate::script::{Seconds, World};
use crate::truth::Truth;

/// What a microphone hears of an empty place: wind and far traffic.
const NOISE: &str = "anoisesrc=color=brown:amplitude=0.05:sample_rate=48000";
/// Key frames are so many seconds apart, as in most cameras.
const KEY_FRAME_S: u32 = 2;
/// Quality of the cheapest camera; each next one is a little better.
const WORST_QUALITY: usize = 26;
/// How hard x264 tries for a film that is kept, and for one that is made while others watch four cameras on two cores.
const KEPT: &str = "veryfast";
const LIVE: &str = "ultrafast";
/// How late a live picture may be before it is left out, as a share of the time between two.
const LATE: f64 = 0.5;

/// Which camera to film with, and how.
#[derive(Debug, Clone, Copy)]
pub struct Filming {
    /// Where.
    pub place: PlaceName,
    /// Which of the place's cameras.
    pub camera: usize,
    /// Width and height in pixels, both even.
    pub size: [u32; 2],
    /// Pictures a second.
    pub fps: u32,
}

/// All cameras of a world: where, which, and their names.
#[must_use]
pub fn cameras(world: &World) -> Vec<(PlaceName, usize, &'static str)> {
    let of_place = |place: &crate::place::Place| {
        let name = place.name;
        let cameras = place.cameras.iter().enumerate();
        cameras.map(move |(index, camera)| (name, index, camera.name)).collect::<Vec<_>>()
    };
    world.places.iter().flat_map(of_place).collect()
}

/// Films `seconds` from `start` on into a file, and says what there was to see. Calls `progress` after each picture.
///
/// # Errors
/// When ffmpeg cannot be run or fails.
pub fn render(
    world: &Arc<World>,
    filming: Filming,
    [start, seconds]: [Seconds; 2],
    file: &Path,
    progress: impl Fn(),
) -> anyhow::Result<Truth> {
    let mut encoder = Encoder::into_file(filming, file)?;
    let mut renderer = Renderer::new(Arc::clone(world), filming.place, filming.camera, filming.size);
    let [width, height] = filming.size;
    let camera = world.place(filming.place).cameras[filming.camera].name.to_owned();
    let (seed, place, fps) = (world.seed, filming.place, filming.fps);
    let (cast, pictures) = (Vec::new(), Vec::new());
    let mut truth = Truth { seed, place, camera, width, height, fps, start, cast, pictures };
    for index in 0..(seconds * f64::from(fps)).round() as u32 {
        let time = start + f64::from(index) / f64::from(fps);
        let shot = renderer.shoot(time);
        encoder.add(shot.rgb)?;
        truth.add(&world.cast, &world.at(place, time), shot.seen);
        progress();
    }
    encoder.finish()?;
    Ok(truth)
}

/// Films in real time onto the standard output, as Matroska, until nobody reads it any more. The world's time is the time
/// since 1970 plus `offset`, so that cameras filmed by different processes see the same. A machine that is too slow leaves
/// pictures out; it does not fall behind.
///
/// # Errors
/// When ffmpeg cannot be run or fails.
pub fn live(world: &Arc<World>, filming: Filming, offset: Seconds) -> anyhow::Result<()> {
    let mut encoder = Encoder::onto_standard_output(filming)?;
    let mut renderer = Renderer::new(Arc::clone(world), filming.place, filming.camera, filming.size);
    let fps = f64::from(filming.fps);
    let mut next = (since_1970()? * fps).ceil();
    loop {
        let late = since_1970()? * fps - next;
        if late > LATE {
            next += late.ceil();
        }
        std::thread::sleep(Duration::from_secs_f64((next / fps - since_1970()?).max(0.0)));
        let shot = renderer.shoot(next / fps + offset);
        encoder.add(shot.rgb)?;
        next += 1.0;
    }
}

fn since_1970() -> anyhow::Result<Seconds> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    Ok(since.context("read the clock: it is set to before 1970")?.as_secs_f64())
}

/// An ffmpeg that takes pictures.
struct Encoder {
    ffmpeg: Child,
    pictures: Option<ChildStdin>,
}

impl Encoder {
    fn into_file(filming: Filming, file: &Path) -> anyhow::Result<Self> {
        let mut command = ffmpeg();
        input(&mut command, filming);
        encode(&mut command, filming, KEPT);
        command.args(["-shortest", "-movflags", "+faststart", "-f", "mp4"]).arg(file).stdout(Stdio::null());
        Self::start(command)
    }

    fn onto_standard_output(filming: Filming) -> anyhow::Result<Self> {
        let mut command = ffmpeg();
        // Pictures are left out now and then: their times are those at which they come.
        command.args(["-use_wallclock_as_timestamps", "1"]);
        input(&mut command, filming);
        encode(&mut command, filming, LIVE);
        // One thread: several would cut pictures into slices, and four cameras keep the cores busy as it is.
        command.args(["-threads", "1", "-tune", "zerolatency", "-fps_mode", "vfr", "-f", "matroska", "-live", "1"]);
        // Small clusters, each written at once: otherwise seconds pile up before the first byte.
        command.args(["-cluster_time_limit", "20", "-flush_packets", "1", "-"]);
        Self::start(command)
    }

    fn start(mut command: Command) -> anyhow::Result<Self> {
        let started = command.stdin(Stdio::piped()).spawn();
        let mut ffmpeg = started.context("start `ffmpeg`: install it (package ffmpeg) and have it in the PATH")?;
        let pictures = ffmpeg.stdin.take();
        Ok(Self { ffmpeg, pictures })
    }

    fn add(&mut self, rgb: &[u8]) -> anyhow::Result<()> {
        let Some(pictures) = &mut self.pictures else { bail!("the film is finished") };
        match pictures.write_all(rgb) {
            Ok(()) => Ok(()),
            Err(error) => {
                // Ffmpeg has said why on the standard error.
                self.finish()?;
                Err(error).context("hand a picture to `ffmpeg`")
            }
        }
    }

    fn finish(&mut self) -> anyhow::Result<()> {
        drop(self.pictures.take());
        let status = self.ffmpeg.wait().context("wait for `ffmpeg`")?;
        if !status.success() {
            bail!("`ffmpeg` could not encode the film ({status}); its messages are above");
        }
        Ok(())
    }
}

fn ffmpeg() -> Command {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]);
    command
}

fn input(command: &mut Command, filming: Filming) {
    let [width, height] = filming.size;
    command.args(["-f", "rawvideo", "-pix_fmt", "rgb24", "-video_size"]).arg(format!("{width}x{height}"));
    command.arg("-framerate").arg(filming.fps.to_string()).args(["-i", "pipe:0", "-f", "lavfi", "-i", NOISE]);
}

fn encode(command: &mut Command, filming: Filming, preset: &str) {
    let crf = WORST_QUALITY - 2 * (filming.camera % 3);
    command.args(["-map", "0:v", "-map", "1:a", "-c:v", "libx264", "-preset", preset, "-pix_fmt", "yuv420p"]);
    command.args(["-bf", "0", "-sc_threshold", "0", "-crf"]).arg(crf.to_string());
    command.arg("-g").arg((KEY_FRAME_S * filming.fps).to_string());
    command.arg("-force_key_frames").arg(format!("expr:gte(t,n_forced*{KEY_FRAME_S})"));
    command.args(["-c:a", "aac", "-b:a", "64k"]);
}
