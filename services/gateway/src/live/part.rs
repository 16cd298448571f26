//! One picture on its way to viewers: the parts of an MJPEG stream, and the picture shown where there is none.
//! Each is made once, however many watch.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use iris_bus::message::LivePicture;
use iris_domain::Timestamp;

use crate::error::ApiError;

/// The stream's boundary.
pub const BOUNDARY: &str = "frame";
/// What a stream begins with. The boundary before the next part ends each part, since browsers show a part only when they have
/// seen what ends it, and the next may be long in coming.
pub const PREAMBLE: Bytes = Bytes::from_static(b"--frame\r\n");

/// Names whose placeholder is kept; about 10 kB each. When it is full it starts anew.
const PLACEHOLDERS_MAX: usize = 256;
/// The placeholder's size: that of the smaller streams of most cameras, and enough to be read in a grid.
const PLACEHOLDER_SIZE: (u32, u32) = (640, 360);
/// Why there is no picture.
const NO_SIGNAL: &str = "no signal";

/// A picture as a part of the stream, with the boundary that ends it.
pub fn part(picture: &LivePicture) -> Bytes {
    rendered(&picture.jpeg, picture.captured)
}

/// A placeholder as a part of the stream, with the boundary that ends it.
pub fn placeholder_part(jpeg: &Bytes, now: Timestamp) -> Bytes {
    rendered(jpeg, now)
}

fn rendered(jpeg: &Bytes, time: Timestamp) -> Bytes {
    let length = jpeg.len();
    let head = format!("Content-Type: image/jpeg\r\nContent-Length: {length}\r\nX-Timestamp: {time}\r\n\r\n");
    [head.as_bytes(), jpeg, b"\r\n", &PREAMBLE].concat().into()
}

/// The placeholders drawn so far, by camera name. Clones are the same.
#[derive(Debug, Clone, Default)]
pub struct Placeholders(Arc<Mutex<HashMap<String, Bytes>>>);

impl Placeholders {
    /// The picture of a camera that shows nothing: its name and "no signal".
    ///
    /// # Errors
    /// It could not be drawn: a bug.
    pub async fn of(&self, camera_name: &str) -> Result<Bytes, ApiError> {
        if let Some(jpeg) = self.known(camera_name) {
            return Ok(jpeg);
        }
        let (placeholders, name) = (self.clone(), camera_name.to_owned());
        // Drawing takes some milliseconds of a core.
        let drawn = tokio::task::spawn_blocking(move || placeholders.draw(name)).await;
        drawn.map_err(|error| ApiError::Internal(format!("draw a placeholder: {error}")))?
    }

    fn known(&self, camera_name: &str) -> Option<Bytes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(camera_name).cloned()
    }

    fn draw(&self, camera_name: String) -> Result<Bytes, ApiError> {
        let (width, height) = PLACEHOLDER_SIZE;
        let jpeg = iris_media::placeholder_jpeg(&camera_name, NO_SIGNAL, width, height)
            .map_err(|error| ApiError::Internal(format!("draw a placeholder: {error}")))?;
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= PLACEHOLDERS_MAX {
            known.clear();
        }
        known.insert(camera_name, jpeg.clone());
        Ok(jpeg)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_parts_reads_as_multipart() {
        let picture = |text: &'static str| LivePicture {
            captured: Timestamp::from_millis(1_700_000_000_123).unwrap(),
            width: 2,
            height: 2,
            jpeg: Bytes::from_static(text.as_bytes()),
        };
        let stream = [PREAMBLE, part(&picture("one")), part(&picture("three"))].concat();
        let expected = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: 3\r\nX-Timestamp: 2023-11-14T22:13:20.123Z\r\n\r\none\r\n\
                        --frame\r\nContent-Type: image/jpeg\r\nContent-Length: 5\r\nX-Timestamp: 2023-11-14T22:13:20.123Z\r\n\r\nthree\r\n\
                        --frame\r\n";
        assert_eq!(String::from_utf8(stream).unwrap(), expected);
        assert_eq!(PREAMBLE, format!("--{BOUNDARY}\r\n"));
    }

    #[tokio::test]
    async fn a_placeholder_is_drawn_once_per_name() {
        let placeholders = Placeholders::default();
        let first = placeholders.of("Yard").await.unwrap();
        assert!(first.starts_with(&[0xff, 0xd8]));
        assert_eq!(placeholders.of("Yard").await.unwrap().as_ptr(), first.as_ptr());
        assert_ne!(placeholders.of("Door").await.unwrap(), first);
        for number in 0..PLACEHOLDERS_MAX {
            placeholders.0.lock().unwrap().insert(number.to_string(), Bytes::new());
        }
        placeholders.of("Attic").await.unwrap();
        assert_eq!(placeholders.0.lock().unwrap().len(), 1);
    }
}
