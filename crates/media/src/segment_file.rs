//! Reading recorded files back: segments for clips, thumbnails and salvage, and clips to see whether they are sound.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use ffmpeg_next::{Dictionary, Error, Rational, media};

use crate::av::{AvPacket, Input, InputOptions, Parameters, Watch};
use crate::{PacketKind, VideoCodec};

/// Time to read one segment of some megabytes from a disk that is busy; a dead network mount must not hold a recorder for ever.
const READ_MAX: Duration = Duration::from_secs(20);

/// A recorded segment, or a clip, open.
pub(crate) struct SegmentFile {
    input: Input,
    video: usize,
    audio: Option<usize>,
    pub(crate) codec: VideoCodec,
    pub(crate) video_parameters: Parameters,
    pub(crate) audio_parameters: Option<Parameters>,
}

impl SegmentFile {
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        Self::open_as(path, "mpegts")
    }

    /// Opens a clip, as [`crate::cut_clip`] writes it.
    pub(crate) fn open_clip(path: &Path) -> Result<Self, Error> {
        Self::open_as(path, "mov")
    }

    fn open_as(path: &Path, format: &str) -> Result<Self, Error> {
        let mut options = Dictionary::new();
        options.set("protocol_whitelist", "file");
        options.set("format_whitelist", format);
        let watch = Watch::new(Arc::new(AtomicBool::new(false)));
        watch.allow(READ_MAX);
        let url = format!("file:{}", path.to_str().ok_or(Error::InvalidData)?);
        // The rate does not matter here, so two pictures are enough to look at.
        let how = InputOptions { options, analyze_max: Duration::from_secs(10), rate_probe_pictures: 2 };
        let input = Input::open(&url, how, watch)?;
        let video = input.find(media::Type::Video, |found| VideoCodec::from_id(found.id()).is_some());
        let video = video.ok_or(Error::StreamNotFound)?;
        let audio = input.find(media::Type::Audio, |found| found.sample_rate() > 0);
        let video_parameters = input.parameters(video).ok_or(Error::StreamNotFound)?;
        let codec = VideoCodec::from_id(video_parameters.id()).ok_or(Error::StreamNotFound)?;
        let audio_parameters = audio.and_then(|audio| input.parameters(audio));
        Ok(Self { input, video, audio, codec, video_parameters, audio_parameters })
    }

    /// The next packet of either stream; `None` at the end, which in a broken file comes early.
    pub(crate) fn read(&mut self, packet: &mut AvPacket) -> Option<PacketKind> {
        loop {
            match self.input.read(packet) {
                Ok(()) => {}
                Err(Error::InvalidData) => continue,
                Err(_) => return None,
            }
            match packet.stream_index() {
                index if index == self.video => return Some(PacketKind::Video),
                index if Some(index) == self.audio => return Some(PacketKind::Audio),
                _ => {}
            }
        }
    }

    /// The next picture and its presentation time in microseconds of the file's clock.
    pub(crate) fn read_picture(&mut self, packet: &mut AvPacket) -> Option<i64> {
        loop {
            if self.read(packet)? == PacketKind::Video
                && let Some(pts) = packet.pts_micros(self.time_base(PacketKind::Video))
            {
                return Some(pts);
            }
        }
    }

    /// Pictures that there should be, as the file's index says; `None` where it has none.
    pub(crate) fn pictures_indexed(&self) -> Option<u64> {
        self.input.pictures_indexed(self.video)
    }

    pub(crate) fn time_base(&self, kind: PacketKind) -> Rational {
        match kind {
            PacketKind::Video => self.input.time_base(self.video),
            PacketKind::Audio => self.audio.map_or(crate::av::MICROS, |audio| self.input.time_base(audio)),
        }
    }
}
