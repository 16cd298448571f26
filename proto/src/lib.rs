//! The wire: Protocol Buffers on the bus, and the only place where they become Iris's own types.
//!
//! One file per `.proto`. Nothing on the network is trusted: every size, count and number is checked here, and what is
//! wrong is refused with [`Malformed`]. Generated types do not leave this crate and `bus`.

pub mod camera;
pub mod clip;
pub mod crop;
pub mod detections;
pub mod event;
pub mod frame;
pub mod heartbeat;
pub mod live;
pub mod media;
pub mod observation;
pub mod reid;
pub mod sighting;
pub mod tracks;

mod checks;
mod feature;
mod geometry;

pub use checks::Malformed;

/// Generated from `iris/v1/*.proto`.
#[allow(missing_docs, clippy::doc_markdown, reason = "the comments are in the .proto files")]
pub mod wire {
    include!(concat!(env!("OUT_DIR"), "/iris.v1.rs"));
}

/// A type with a form on the wire.
pub trait Message: Sized + Send + 'static {
    /// The generated type.
    type Wire: prost::Message + Default;

    /// What is sent.
    fn to_wire(&self) -> Self::Wire;

    /// What was received, checked.
    fn from_wire(wire: Self::Wire) -> Result<Self, Malformed>;
}

/// Writes a message's bytes.
pub fn encode<M: Message>(message: &M) -> bytes::Bytes {
    prost::Message::encode_to_vec(&message.to_wire()).into()
}

/// Reads and checks a message.
pub fn decode<M: Message>(bytes: bytes::Bytes) -> Result<M, Malformed> {
    let wire = <M::Wire as prost::Message>::decode(bytes)
        .map_err(|error| Malformed::new(format!("not the expected message: {error}")))?;
    M::from_wire(wire)
}
