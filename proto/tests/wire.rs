//! Nothing on the network is trusted: whatever bytes come, they are refused or become a message within its bounds.

use iris_domain::{Detection, Timestamp};
use iris_proto::camera::{WantedCamera, WantedCameras};
use iris_proto::clip::{ClipReply, ClipRequest};
use iris_proto::detections::{Detections, Timing};
use iris_proto::event::EventFact;
use iris_proto::frame::Frame;
use iris_proto::heartbeat::Heartbeat;
use iris_proto::live::{LivePicture, LiveReply, LiveRequest};
use iris_proto::media::{MediaReply, MediaRequest};
use iris_proto::tracks::Tracks;
use iris_proto::{Message, decode, encode};
use proptest::prelude::*;
use uuid::Uuid;

fn survives<M: Message>(bytes: &[u8]) {
    // What is accepted can be said again and is accepted again.
    if let Ok(message) = decode::<M>(bytes.to_vec().into()) {
        assert!(decode::<M>(encode(&message)).is_ok());
    }
}

proptest! {
    #[test]
    fn random_bytes_harm_nothing(bytes: Vec<u8>) {
        survives::<Frame>(&bytes);
        survives::<Detections>(&bytes);
        survives::<Tracks>(&bytes);
        survives::<WantedCamera>(&bytes);
        survives::<WantedCameras>(&bytes);
        survives::<Heartbeat>(&bytes);
        survives::<EventFact>(&bytes);
        survives::<LivePicture>(&bytes);
        survives::<LiveRequest>(&bytes);
        survives::<LiveReply>(&bytes);
        survives::<MediaRequest>(&bytes);
        survives::<MediaReply>(&bytes);
        survives::<ClipRequest>(&bytes);
        survives::<ClipReply>(&bytes);
    }

    /// Bytes near the valid ones get further into the checks than random ones do.
    #[test]
    fn damaged_messages_harm_nothing(at in 0usize..200, value: u8) {
        for message in [encode(&detections(0.5)), encode(&frame(4, 2, 12))] {
            let mut bytes = message.to_vec();
            let at = at % bytes.len();
            bytes[at] = value;
            survives::<Detections>(&bytes);
            survives::<Frame>(&bytes);
            survives::<Tracks>(&bytes);
        }
    }

    #[test]
    fn a_picture_is_taken_exactly_when_its_bytes_fit_its_size(width in 0u32..10, height in 0u32..10, bytes in 0usize..200) {
        let fits = width >= 2 && height >= 2 && width % 2 == 0 && height % 2 == 0 && bytes == (width * height * 3 / 2) as usize;
        prop_assert_eq!(decode::<Frame>(encode(&frame(width, height, bytes))).is_ok(), fits);
    }

    #[test]
    fn a_score_is_a_fraction(score: f32) {
        let read = decode::<Detections>(encode(&detections(score)));
        prop_assert_eq!(read.is_ok(), (0.0..=1.0).contains(&score));
    }
}

fn frame(width: u32, height: u32, bytes: usize) -> Frame {
    Frame {
        run: Uuid::nil(),
        sequence: 1,
        captured: Timestamp::EPOCH,
        width,
        height,
        i420: vec![0; bytes].into(),
        min_score: 0.1,
        iou: 0.5,
    }
}

fn detections(score: f32) -> Detections {
    let bbox = iris_domain::BBox { x1: 0.1, y1: 0.1, x2: 0.5, y2: 0.9 };
    Detections {
        run: Uuid::nil(),
        sequence: 7,
        captured: Timestamp::EPOCH,
        outcome: Ok(vec![Detection { bbox, class: iris_domain::Class::person(), score }]),
        detector: "yolox-nano@cpu".to_owned(),
        side_max: Some(416),
        timing: Timing::default(),
    }
}

#[test]
fn what_is_said_is_what_is_heard() {
    let said = detections(0.75);
    assert_eq!(decode::<Detections>(encode(&said)).unwrap(), said);
    let refused = Detections { outcome: Err("overloaded".to_owned()), side_max: None, ..said };
    assert_eq!(decode::<Detections>(encode(&refused)).unwrap(), refused);
}
