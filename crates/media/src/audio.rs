//! Sound that MPEG-TS and browsers cannot hold (G.711, Opus, G.726, ...) becomes AAC, once, while recording. Driven by the
//! segmenter; it never fails a recording, at worst the sound is missing.

use ffmpeg_next::codec::{self, Flags, Id};
use ffmpeg_next::format::Sample;
use ffmpeg_next::format::sample::Type::Planar;
use ffmpeg_next::software::resampling;
use ffmpeg_next::{ChannelLayout, Error, Rational, decoder, encoder, frame};

use crate::av::{AvPacket, MICROS, Parameters};

/// Rates that AAC has and every player plays, ascending. Telephone rates are raised to the first: 8 kHz AAC plays on few phones.
const RATES: [u32; 6] = [16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/// Bits a second for each channel: clear speech and surroundings.
const BIT_RATE_PER_CHANNEL: usize = 64_000;

/// Sound this far from where the samples so far would put it is placed anew; less is rounding and jitter.
const RESYNC_MICROS: i64 = 100_000;

/// Decodes one stream of sound and encodes it as AAC.
pub(crate) struct AudioTranscoder {
    decoder: decoder::Audio,
    resampler: Option<resampling::Context>,
    encoder: encoder::audio::Encoder,
    layout: ChannelLayout,
    rate: u32,
    frame_samples: usize,
    waiting: Waiting,
    /// Last decoding time given out, in microseconds.
    last_dts: i64,
}

/// Samples that do not fill a frame of the encoder yet.
struct Waiting {
    planes: Vec<Vec<f32>>,
    /// Media time of the first, in microseconds.
    start: i64,
}

impl AudioTranscoder {
    pub(crate) fn new(parameters: &Parameters) -> Result<Self, Error> {
        let mut context = codec::Context::from_parameters(parameters.to_codec())?.decoder();
        context.set_packet_time_base(MICROS);
        let decoder = context.audio()?;
        let channels = if parameters.channels() >= 2 { 2 } else { 1 };
        let rate = RATES.into_iter().find(|&rate| rate >= parameters.sample_rate()).unwrap_or(48_000);
        let layout = ChannelLayout::default(channels);
        let encoder = open_encoder(rate, layout, channels)?;
        let frame_samples = encoder.frame_size() as usize;
        let waiting = Waiting { planes: vec![Vec::new(); channels as usize], start: 0 };
        Ok(Self { decoder, resampler: None, encoder, layout, rate, frame_samples, waiting, last_dts: i64::MIN })
    }

    /// What comes out.
    pub(crate) fn parameters(&self) -> Parameters {
        Parameters::copied(&codec::Parameters::from(&self.encoder))
    }

    /// Takes a packet with times in microseconds; gives AAC with times in microseconds.
    pub(crate) fn push(&mut self, packet: &AvPacket) -> Result<Vec<AvPacket>, Error> {
        let mut encoded = Vec::new();
        // A packet that cannot be decoded is a short silence, not an error.
        if self.decoder.send_packet(packet).is_err() {
            return Ok(encoded);
        }
        let mut decoded = frame::Audio::empty();
        while self.decoder.receive_frame(&mut decoded).is_ok() {
            let start = decoded.timestamp().unwrap_or(self.expected());
            let samples = self.resample(&mut decoded)?;
            self.append(&samples, start);
            self.encode(&mut encoded)?;
        }
        Ok(encoded)
    }

    /// Media time of the next sample if sound goes on without a gap.
    fn expected(&self) -> i64 {
        self.waiting.start + self.micros(self.waiting.planes[0].len())
    }

    fn micros(&self, samples: usize) -> i64 {
        samples as i64 * 1_000_000 / i64::from(self.rate)
    }

    fn resample(&mut self, decoded: &mut frame::Audio) -> Result<frame::Audio, Error> {
        if decoded.channel_layout().is_empty() {
            decoded.set_channel_layout(ChannelLayout::default(i32::from(decoded.channels().max(1))));
        }
        let (format, layout, rate) = (decoded.format(), decoded.channel_layout(), decoded.rate());
        let fits = |context: &resampling::Context| {
            *context.input() == resampling::context::Definition { format, channel_layout: layout, rate }
        };
        if !self.resampler.as_ref().is_some_and(fits) {
            let target = (Sample::F32(Planar), self.layout, self.rate);
            let made = resampling::Context::get(format, layout, rate, target.0, target.1, target.2)?;
            self.resampler = Some(made);
        }
        let resampler = self.resampler.as_mut().ok_or(Error::Bug)?;
        // Room for the filter's delay besides the samples themselves.
        let room = decoded.samples() * self.rate as usize / rate.max(1) as usize + 256;
        let mut out = frame::Audio::new(Sample::F32(Planar), room, self.layout);
        out.set_rate(self.rate);
        resampler.run(decoded, &mut out)?;
        Ok(out)
    }

    fn append(&mut self, samples: &frame::Audio, start: i64) {
        if (start - self.expected()).abs() > RESYNC_MICROS {
            self.waiting.planes.iter_mut().for_each(Vec::clear);
            self.waiting.start = start;
        }
        for (channel, plane) in self.waiting.planes.iter_mut().enumerate() {
            plane.extend_from_slice(&samples.plane::<f32>(channel)[..samples.samples()]);
        }
    }

    fn encode(&mut self, encoded: &mut Vec<AvPacket>) -> Result<(), Error> {
        while self.waiting.planes[0].len() >= self.frame_samples {
            let mut full = frame::Audio::new(Sample::F32(Planar), self.frame_samples, self.layout);
            full.set_rate(self.rate);
            full.set_pts(Some(self.waiting.start * i64::from(self.rate) / 1_000_000));
            for (channel, plane) in self.waiting.planes.iter_mut().enumerate() {
                full.plane_mut::<f32>(channel).copy_from_slice(&plane[..self.frame_samples]);
                plane.drain(..self.frame_samples);
            }
            self.waiting.start += self.micros(self.frame_samples);
            self.encoder.send_frame(&full)?;
            self.collect(encoded);
        }
        Ok(())
    }

    fn collect(&mut self, encoded: &mut Vec<AvPacket>) {
        let base = Rational(1, i32::try_from(self.rate).unwrap_or(48_000));
        let length = self.micros(self.frame_samples);
        loop {
            let mut packet = AvPacket::new();
            if self.encoder.receive_packet(&mut packet).is_err() {
                return;
            }
            let at = packet.pts_micros(base).unwrap_or(self.last_dts).max(self.last_dts.saturating_add(1_000));
            packet.set_times_micros(at, at, length);
            self.last_dts = at;
            encoded.push(packet);
        }
    }
}

fn open_encoder(rate: u32, layout: ChannelLayout, channels: i32) -> Result<encoder::audio::Encoder, Error> {
    let aac = encoder::find(Id::AAC).ok_or(Error::EncoderNotFound)?;
    let mut context = codec::Context::new_with_codec(aac);
    // The muxer wants the configuration apart from the frames.
    context.set_flags(Flags::GLOBAL_HEADER);
    let rate = i32::try_from(rate).map_err(|_| Error::InvalidData)?;
    context.set_time_base(Rational(1, rate));
    let mut encoder = context.encoder().audio()?;
    encoder.set_rate(rate);
    encoder.set_format(Sample::F32(Planar));
    encoder.set_channel_layout(layout);
    encoder.set_channels(channels);
    encoder.set_bit_rate(BIT_RATE_PER_CHANNEL * channels as usize);
    encoder.open_as(aac)
}
