//! The one table of all subjects. A subject is `iris.<kind>.<name>.<key>`; the key is a camera's id, or `<service>.<instance>`.

use std::fmt::Display;
use std::marker::PhantomData;

use iris_proto::Message;

use crate::message::{
    ClipReply, ClipRequest, Detections, EventFact, Frame, Heartbeat, LivePicture, LiveReply, LiveRequest, MediaReply,
    MediaRequest, Tracks,
};

/// May be lost; the newest wins.
pub struct Sample<M>(&'static str, PhantomData<fn() -> M>);
/// May not be lost; kept by JetStream until it was acknowledged.
pub struct Fact<M>(&'static str, PhantomData<fn() -> M>);
/// A question and its answer.
pub struct Ask<Q, A>(&'static str, PhantomData<fn(Q) -> A>);

/// ingest -> one of detect: a picture. Sent by [`crate::frames`] only, since the answer comes to a reply subject.
pub(crate) const FRAME: Sample<Frame> = Sample::new("iris.sample.frame");
/// detect -> ingest: what was found.
pub const DETECTIONS: Sample<Detections> = Sample::new("iris.sample.detections");
/// ingest -> recorder: the tracks of one picture.
pub const TRACKS: Sample<Tracks> = Sample::new("iris.sample.tracks");
/// ingest -> gateway: annotated pictures, only while watched.
pub const LIVE: Sample<LivePicture> = Sample::new("iris.sample.live");
/// everyone -> gateway; ingest and detect -> ingest: once a second.
pub const HEARTBEAT: Sample<Heartbeat> = Sample::new("iris.sample.heartbeat");
/// recorder -> gateway: something changed about an event.
pub const EVENT: Fact<EventFact> = Fact::new("iris.fact.event");
/// gateway -> ingest: watch, snapshot.
pub const ASK_LIVE: Ask<LiveRequest, LiveReply> = Ask::new("iris.ask.live");
/// gateway -> ingest: segment list, segment.
pub const ASK_MEDIA: Ask<MediaRequest, MediaReply> = Ask::new("iris.ask.media");
/// gateway -> recorder: manual clip.
pub const ASK_CLIP: Ask<ClipRequest, ClipReply> = Ask::new("iris.ask.clip");

/// Every fact's subject, for the stream that keeps them.
pub(crate) const ALL_FACTS: &str = "iris.fact.>";
/// Queue group of the detection nodes.
pub(crate) const DETECT_GROUP: &str = "detect";

macro_rules! subject {
    ($kind:ident <$($type:ident),+>) => {
        impl<$($type: Message),+> $kind<$($type),+> {
            const fn new(prefix: &'static str) -> Self {
                Self(prefix, PhantomData)
            }

            /// The subject for one key.
            pub fn of(&self, key: impl Display) -> String {
                format!("{}.{key}", self.0)
            }

            /// The subject that stands for all keys.
            pub fn all(&self) -> String {
                format!("{}.>", self.0)
            }

            /// The key in a subject of this kind.
            pub(crate) fn key<'a>(&self, subject: &'a str) -> Option<&'a str> {
                subject.strip_prefix(self.0)?.strip_prefix('.')
            }
        }
        impl<$($type),+> Clone for $kind<$($type),+> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($type),+> Copy for $kind<$($type),+> {}
    };
}

subject!(Sample<M>);
subject!(Fact<M>);
subject!(Ask<Q, A>);
