//! Reads the headers of coded pictures without decoding them: size and place in display order.

use std::ptr::{self, NonNull};

use ffmpeg_next::codec::Context;
use ffmpeg_next::{Error, ffi};

use super::{AvPacket, Parameters};

/// What a coded picture's headers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FrameHeader {
    /// Size in pixels, when the parameter sets were seen.
    pub(crate) size: Option<(u32, u32)>,
    /// Picture order count: rises in display order, restarts at an IDR picture.
    pub(crate) picture_order: i32,
}

/// A parser of libav for one video stream; it remembers parameter sets.
pub(crate) struct HeaderParser {
    parser: NonNull<ffi::AVCodecParserContext>,
    codec: Context,
}

// SAFETY: the parser is used through `&mut self` only and libav ties it to no thread.
unsafe impl Send for HeaderParser {}

impl HeaderParser {
    pub(crate) fn new(parameters: &Parameters) -> Result<Self, Error> {
        let codec = Context::from_parameters(parameters.to_codec())?;
        // SAFETY: takes a codec id; null means that libav has no parser for it.
        let parser = unsafe { ffi::av_parser_init(ffi::AVCodecID::from(parameters.id()) as i32) };
        let mut parser = NonNull::new(parser).ok_or(Error::DecoderNotFound)?;
        // SAFETY: the parser is fresh and ours. Packets are whole pictures, so it need not look for their ends.
        unsafe { parser.as_mut().flags |= ffi::PARSER_FLAG_COMPLETE_FRAMES };
        Ok(Self { parser, codec })
    }

    /// Reads one packet's headers.
    pub(crate) fn read(&mut self, packet: &AvPacket) -> FrameHeader {
        let data = packet.data();
        let (mut out, mut out_size) = (ptr::null_mut(), 0);
        // SAFETY: all pointers are valid for the call; the packet's payload has libav's padding; with complete frames the parser
        // only points into the input, and that pointer is not used.
        unsafe {
            ffi::av_parser_parse2(
                self.parser.as_ptr(),
                self.codec.as_mut_ptr(),
                &mut out,
                &mut out_size,
                data.as_ptr(),
                i32::try_from(data.len()).unwrap_or(0),
                ffi::AV_NOPTS_VALUE,
                ffi::AV_NOPTS_VALUE,
                -1,
            );
        }
        // SAFETY: the parser is ours and valid.
        let parser = unsafe { self.parser.as_ref() };
        let size = u32::try_from(parser.width).ok().zip(u32::try_from(parser.height).ok());
        FrameHeader { size: size.filter(|&(w, h)| w > 0 && h > 0), picture_order: parser.output_picture_number }
    }
}

impl Drop for HeaderParser {
    fn drop(&mut self) {
        // SAFETY: the parser came from `av_parser_init` and is closed once.
        unsafe { ffi::av_parser_close(self.parser.as_ptr()) }
    }
}
