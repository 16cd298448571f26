//! FFmpeg: whether it decodes what cameras send, and what hardware it could use.

use iris_media::VideoCodec;

use super::Finding;
use super::settings::Chosen;

const AREA: &str = "video";

/// Looks at the linked libraries, where a service uses them.
pub fn look(chosen: &Chosen) -> Vec<Finding> {
    if !["ingest", "recorder"].iter().any(|name| chosen.names.contains(name)) {
        return Vec::new();
    }
    let missing: Vec<&str> = [VideoCodec::H264, VideoCodec::H265]
        .into_iter()
        .filter(|codec| !iris_media::can_decode(*codec))
        .map(VideoCodec::name)
        .collect();
    let (version, kinds) = (iris_media::versions(), iris_media::hardware_kinds());
    if !missing.is_empty() {
        let seen = format!("FFmpeg {version} cannot decode {}", missing.join(" and "));
        return vec![Finding::fault(
            AREA,
            seen,
            "install a FFmpeg with these decoders: Debian's libavcodec59 has them",
        )];
    }
    let kinds = if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
    // Iris decodes in software; this says what the machine would offer.
    vec![Finding::ok(
        AREA,
        format!("FFmpeg {version} decodes h264 and h265, in software; kinds of hardware it knows: {kinds}"),
    )]
}
