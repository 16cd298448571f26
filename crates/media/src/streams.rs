//! What a source turned out to hold: one stream of pictures and perhaps one of sound.

use std::sync::Arc;

use ffmpeg_next::codec::Id;

use crate::av::Parameters;

/// The video codecs Iris records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VideoCodec {
    /// H.264, AVC.
    H264,
    /// H.265, HEVC.
    H265,
}

impl VideoCodec {
    /// The name people use: `h264` or `h265`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::H264 => "h264",
            Self::H265 => "h265",
        }
    }

    pub(crate) fn from_id(id: Id) -> Option<Self> {
        match id {
            Id::H264 => Some(Self::H264),
            Id::HEVC => Some(Self::H265),
            _ => None,
        }
    }
}

impl std::fmt::Display for VideoCodec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// The sound beside the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioInfo {
    /// The codec's name, such as `aac` or `pcm_mulaw`.
    pub codec: String,
    /// Samples a second; 0 when not known before decoding.
    pub sample_rate: u32,
    /// Number of channels; 0 when not known before decoding.
    pub channels: u16,
}

/// What a source holds. Cheap to clone.
#[derive(Clone)]
pub struct StreamInfo {
    /// The picture's codec.
    pub codec: VideoCodec,
    /// Width in pixels; 0 until the first key picture of a stream that does not announce it.
    pub width: u32,
    /// Height in pixels; 0 as above.
    pub height: u32,
    /// Pictures a second as announced, where believable; cameras are often wrong about it.
    pub fps_estimate: Option<f32>,
    /// The sound, if any.
    pub audio: Option<AudioInfo>,
    pub(crate) video_parameters: Arc<Parameters>,
    pub(crate) audio_parameters: Option<Arc<Parameters>>,
}

impl StreamInfo {
    pub(crate) fn new(
        codec: VideoCodec,
        video: Parameters,
        fps_estimate: Option<f32>,
        audio: Option<Parameters>,
    ) -> Self {
        Self {
            codec,
            width: video.width(),
            height: video.height(),
            fps_estimate,
            audio: audio.as_ref().map(|audio| AudioInfo {
                codec: audio.id().name().to_owned(),
                sample_rate: audio.sample_rate(),
                channels: audio.channels(),
            }),
            video_parameters: Arc::new(video),
            audio_parameters: audio.map(Arc::new),
        }
    }

    /// The same streams after the picture's parameters changed.
    pub(crate) fn with_video(&self, video: Parameters) -> Self {
        Self { width: video.width(), height: video.height(), video_parameters: Arc::new(video), ..self.clone() }
    }
}

impl std::fmt::Debug for StreamInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StreamInfo")
            .field("codec", &self.codec)
            .field("width", &self.width)
            .field("height", &self.height)
            .field("fps_estimate", &self.fps_estimate)
            .field("audio", &self.audio)
            .finish_non_exhaustive()
    }
}
