//! Reads an MJPEG stream as a client does that goes by `Content-Length`.

use bytes::{Buf, Bytes, BytesMut};
use reqwest::Response;

/// The parts of a stream under way.
pub struct Parts {
    response: Response,
    received: BytesMut,
}

/// One part.
pub struct Part {
    /// `X-Timestamp`.
    pub time: String,
    /// The picture.
    pub jpeg: Bytes,
}

impl Parts {
    /// Reads the body of `response`.
    pub fn of(response: Response) -> Self {
        Self { response, received: BytesMut::new() }
    }

    /// The next part; `None` when the stream has ended.
    pub async fn next(&mut self) -> Option<Part> {
        let head = self.head().await?;
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some("--frame"), "{head}");
        let field = |name: &str| {
            let value = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
            value.unwrap_or_else(|| panic!("no {name}: {head}")).to_owned()
        };
        assert_eq!(field("Content-Type"), "image/jpeg");
        let length: usize = field("Content-Length").parse().unwrap();
        while self.received.len() < length + 2 {
            self.more().await?;
        }
        let jpeg = self.received.split_to(length).freeze();
        assert_eq!(&self.received[..2], b"\r\n");
        self.received.advance(2);
        Some(Part { time: field("X-Timestamp"), jpeg })
    }

    /// The boundary and the part's header fields.
    async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.received.windows(4).position(|window| window == b"\r\n\r\n") {
                let head = self.received.split_to(end + 4);
                return Some(String::from_utf8(head.to_vec()).unwrap());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> Option<()> {
        let chunk = self.response.chunk().await.expect("the stream breaks off")?;
        self.received.extend_from_slice(&chunk);
        Some(())
    }
}
