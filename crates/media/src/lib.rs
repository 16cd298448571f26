//! Video, sound and JPEG behind our own types: open and read a camera, cut segments, decode, scale, draw, encode, cut clips.
//!
//! Everything blocks; services run it on threads of their own. No type of ffmpeg or libjpeg leaves this crate. It decides nothing
//! about cameras (no reconnecting, no retention) and never prints an address.

mod area;
mod audio;
mod av;
mod clip;
mod clip_check;
mod clip_writer;
mod decoder;
mod draw;
mod glyphs;
mod i420;
mod jpeg;
mod jpeg_decode;
mod media_time;
mod nal;
mod packet;
mod picture;
mod placeholder;
mod reorder;
mod repair;
mod rgb;
mod salvage;
mod scaler;
mod segment_file;
mod segmenter;
mod source;
mod source_error;
mod streams;
mod thumbnail;
mod wall_clock;

pub use area::PixelArea;
pub use clip::{ClipError, ClipGap, ClipPart, ClipReport, GapReason, cut_clip};
pub use clip_check::{BrokenClip, check_clip};
pub use decoder::{DecodeError, DecodeMode, Decoder};
pub use draw::{Colour, Overlay, Painter};
pub use i420::{I420, I420Buf, InvalidI420};
pub use jpeg::{JpegEncoder, JpegError};
pub use jpeg_decode::{JpegDecoder, UndecodableJpeg};
pub use media_time::MediaTime;
pub use packet::{Packet, PacketKind};
pub use picture::Picture;
pub use placeholder::placeholder_jpeg;
pub use rgb::Rgb;
pub use salvage::salvage;
pub use scaler::{ScaleError, Scaler};
pub use segmenter::{ClosedSegment, SegmentError, Segmenter, SegmenterOptions};
pub use source::{OpenOptions, Source, StopFlag};
pub use source_error::{OpenError, ReadError};
pub use streams::{AudioInfo, StreamInfo, VideoCodec};
pub use thumbnail::thumbnail;

/// libav's version, such as `5.1.9`, as linked.
pub fn versions() -> String {
    av::version()
}

/// Whether the linked libav can decode this codec.
pub fn can_decode(codec: VideoCodec) -> bool {
    av::init();
    let id = match codec {
        VideoCodec::H264 => ffmpeg_next::codec::Id::H264,
        VideoCodec::H265 => ffmpeg_next::codec::Id::HEVC,
    };
    ffmpeg_next::decoder::find(id).is_some()
}

/// The kinds of hardware that the linked libav can decode with, such as `vaapi`, whether this machine has them or not.
pub fn hardware_kinds() -> Vec<String> {
    av::hardware_kinds()
}
