//! The one table of all subjects. A subject is `iris.<kind>.<name>.<key>`; the key is a camera's id, `<service>.<instance>`,
//! `<cell>.<camera>`, or says which node of a service is asked. Who shares the work on facts stands in [`crate::work`].

use std::fmt::Display;
use std::marker::PhantomData;

use iris_proto::Message;

use crate::message::{
    ClipReply, ClipRequest, Crop, Detections, EmbedReply, EmbedRequest, EventFact, Frame, Heartbeat, LivePicture,
    LiveReply, LiveRequest, MediaReply, MediaRequest, ObservationFact, ReloadReply, ReloadRequest, SearchReply,
    SearchRequest, SightingFact, Tracks,
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
/// recorder -> gateway, the leading reid, notify: something changed about an event.
pub const EVENT: Fact<EventFact> = Fact::new("iris.fact.event");
/// ingest -> one of reid: a picture of a followed thing.
pub const CROP: Fact<Crop> = Fact::new("iris.fact.crop");
/// reid -> the leading reid: what a crop said to the networks.
pub const OBSERVATION: Fact<ObservationFact> = Fact::new("iris.fact.observation");
/// the leading reid -> ingest, gateway, notify: who a track is.
pub const SIGHTING: Fact<SightingFact> = Fact::new("iris.fact.sighting");
/// gateway -> ingest: watch, snapshot.
pub const ASK_LIVE: Ask<LiveRequest, LiveReply> = Ask::new("iris.ask.live");
/// gateway -> ingest: segment list, segment.
pub const ASK_MEDIA: Ask<MediaRequest, MediaReply> = Ask::new("iris.ask.media");
/// gateway -> the recorder of a cell, key `<cell>.<camera>`: manual clip.
pub const ASK_CLIP: Ask<ClipRequest, ClipReply> = Ask::new("iris.ask.clip");
/// gateway -> one of reid, key [`ANY`]: what the networks say of a photo.
pub const ASK_REID_EMBED: Ask<EmbedRequest, EmbedReply> = Ask::new("iris.ask.reid.embed");
/// gateway -> the leading reid, key [`LEADER`]: who looks most like this.
pub const ASK_REID_SEARCH: Ask<SearchRequest, SearchReply> = Ask::new("iris.ask.reid.search");
/// gateway -> the leading reid, key [`LEADER`]: take in what was corrected.
pub const ASK_REID_RELOAD: Ask<ReloadRequest, ReloadReply> = Ask::new("iris.ask.reid.reload");

/// The key of what any node of a service can answer.
pub const ANY: &str = "any";
/// The key of what only the leader of a service can answer.
pub const LEADER: &str = "leader";
/// Queue group of the re-ID nodes.
pub const REID_GROUP: &str = "reid";
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

impl<M> Fact<M> {
    /// What all its subjects begin with.
    pub(crate) const fn prefix(&self) -> &'static str {
        self.0
    }
}

subject!(Sample<M>);
subject!(Fact<M>);
subject!(Ask<Q, A>);
