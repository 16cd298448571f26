//! The parameters of one stream: codec, size, sound format and extradata. Read-only once made, so that threads may share them.

use ffmpeg_next::codec::{Id, Parameters as Inner};
use ffmpeg_next::{Error, ffi};

/// A copy of a stream's codec parameters, independent of the stream it came from.
#[derive(Clone)]
pub(crate) struct Parameters(Inner);

// SAFETY: there is no interior mutability: every `&self` method only reads plain memory, and copies are deep.
unsafe impl Sync for Parameters {}

impl Parameters {
    /// Copies what a stream or codec context says. `Inner::clone` copies deeply and keeps no link to the owner.
    pub(crate) fn copied(from: &Inner) -> Self {
        Self(from.clone())
    }

    pub(crate) fn id(&self) -> Id {
        self.0.id()
    }

    pub(crate) fn width(&self) -> u32 {
        u32::try_from(self.raw().width).unwrap_or(0)
    }

    pub(crate) fn height(&self) -> u32 {
        u32::try_from(self.raw().height).unwrap_or(0)
    }

    pub(crate) fn sample_rate(&self) -> u32 {
        u32::try_from(self.raw().sample_rate).unwrap_or(0)
    }

    pub(crate) fn channels(&self) -> u16 {
        u16::try_from(self.raw().ch_layout.nb_channels).unwrap_or(0)
    }

    /// How many pictures the decoder may hold back to put B-frames in order.
    pub(crate) fn reorder_depth(&self) -> usize {
        usize::try_from(self.raw().video_delay).unwrap_or(0)
    }

    pub(crate) fn extradata(&self) -> &[u8] {
        let raw = self.raw();
        if raw.extradata.is_null() || raw.extradata_size <= 0 {
            return &[];
        }
        // SAFETY: libav promises `extradata_size` readable bytes there, owned by these parameters.
        unsafe { std::slice::from_raw_parts(raw.extradata, raw.extradata_size as usize) }
    }

    /// The same parameters with other extradata and, where known, another size.
    pub(crate) fn with_extradata(&self, extradata: &[u8], size: Option<(u32, u32)>) -> Result<Self, Error> {
        let mut changed = self.clone();
        let length = i32::try_from(extradata.len()).map_err(|_| Error::InvalidData)?;
        // SAFETY: the copy is ours alone. The old block is freed with the allocator it came from, the new one is zeroed and has
        // the padding that parsers may read beyond the end.
        unsafe {
            let raw = &mut *changed.0.as_mut_ptr();
            ffi::av_freep((&raw mut raw.extradata).cast());
            raw.extradata_size = 0;
            let block = ffi::av_mallocz(extradata.len() + ffi::AV_INPUT_BUFFER_PADDING_SIZE as usize).cast::<u8>();
            if block.is_null() {
                return Err(Error::Other { errno: ffi::ENOMEM });
            }
            std::ptr::copy_nonoverlapping(extradata.as_ptr(), block, extradata.len());
            raw.extradata = block;
            raw.extradata_size = length;
            if let Some((width, height)) = size {
                raw.width = i32::try_from(width).unwrap_or(0);
                raw.height = i32::try_from(height).unwrap_or(0);
            }
        }
        Ok(changed)
    }

    /// For a muxer: the same parameters under the container's own tag, or the one given.
    pub(crate) fn with_tag(&self, tag: Option<[u8; 4]>) -> Self {
        let mut tagged = self.clone();
        // SAFETY: the copy is ours alone; the tag is a plain number.
        unsafe { (*tagged.0.as_mut_ptr()).codec_tag = tag.map_or(0, u32::from_le_bytes) };
        tagged
    }

    /// For opening a decoder.
    pub(crate) fn to_codec(&self) -> Inner {
        self.0.clone()
    }

    pub(crate) fn as_ptr(&self) -> *const ffi::AVCodecParameters {
        // SAFETY: hands out the pointer; whoever follows it says why that is sound.
        unsafe { self.0.as_ptr() }
    }

    fn raw(&self) -> &ffi::AVCodecParameters {
        // SAFETY: the parameters own the block for as long as `self` lives, and nothing writes it.
        unsafe { &*self.0.as_ptr() }
    }
}
