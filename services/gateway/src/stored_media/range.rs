//! The `Range` header (RFC 9110, section 14). A header that is no range of bytes, or names several, is as if it were absent, which
//! the RFC allows. The crates that parse this header refuse ranges that the RFC accepts, such as a suffix longer than the file.

use axum::http::HeaderValue;

/// Bytes from `first` to `last`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ByteRange {
    pub first: u64,
    last: u64,
}

impl ByteRange {
    /// How many bytes it has.
    pub fn length(self) -> u64 {
        self.last - self.first + 1
    }

    /// What `Content-Range` says of it.
    pub fn content_range(self, size_bytes: u64) -> HeaderValue {
        let Self { first, last } = self;
        HeaderValue::try_from(format!("bytes {first}-{last}/{size_bytes}")).expect("digits are a header value")
    }
}

/// What a client wants of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All of it.
    Whole,
    /// This part.
    Part(ByteRange),
    /// A part that the file does not have.
    Nothing,
}

/// Reads a `Range` header for a file of this size.
pub(super) fn wanted(header: &[u8], size_bytes: u64) -> Wanted {
    match std::str::from_utf8(header).ok().and_then(single_range) {
        None => Wanted::Whole,
        Some((first, last)) => part(first, last, size_bytes).map_or(Wanted::Nothing, Wanted::Part),
    }
}

/// `(Some(first), Some(last))`, `(Some(first), None)` or, for a suffix, `(None, Some(length))`.
fn single_range(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (unit, set) = header.split_once('=')?;
    let (first, last) = set.trim().split_once('-').filter(|_| unit.trim().eq_ignore_ascii_case("bytes"))?;
    let (first, last) = (position(first)?, position(last)?);
    let in_order = match (first, last) {
        (Some(first), Some(last)) => first <= last,
        (first, last) => first.is_some() || last.is_some(),
    };
    in_order.then_some((first, last))
}

/// A position, or none; the outer `None` is for what is neither. Digits beyond 64 bits lie beyond every file.
fn position(text: &str) -> Option<Option<u64>> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| (!text.is_empty()).then(|| text.parse().unwrap_or(u64::MAX)))
}

fn part(first: Option<u64>, last: Option<u64>, size_bytes: u64) -> Option<ByteRange> {
    let end = size_bytes.checked_sub(1)?;
    let range = match (first, last) {
        (Some(first), last) => ByteRange { first, last: last.unwrap_or(end).min(end) },
        (None, length) => {
            ByteRange { first: size_bytes - length.filter(|length| *length > 0)?.min(size_bytes), last: end }
        }
    };
    (range.first <= end).then_some(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_rfc_says() {
        let part = |first, last| Wanted::Part(ByteRange { first, last });
        for (header, of_ten_bytes) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=2-5", part(2, 5)),
            ("bytes=2-", part(2, 9)),
            ("bytes=2-99", part(2, 9)),
            ("bytes=002-5", part(2, 5)),
            ("Bytes = 2-5", part(2, 5)),
            ("bytes=9-9", part(9, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-99", part(0, 9)),
            ("bytes=0-99999999999999999999", part(0, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-20", Wanted::Nothing),
            ("bytes=99999999999999999999-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-2", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=a-b", Wanted::Whole),
            ("bytes=1", Wanted::Whole),
            ("bytes=--1", Wanted::Whole),
            ("bytes=0-1,3-4", Wanted::Whole),
            ("items=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ] {
            assert_eq!(wanted(header.as_bytes(), 10), of_ten_bytes, "{header}");
        }
        for header in ["bytes=0-", "bytes=-5", "bytes=0-0"] {
            assert_eq!(wanted(header.as_bytes(), 0), Wanted::Nothing, "{header} of an empty file");
        }
        assert_eq!(wanted(b"bytes=\xff", 10), Wanted::Whole);
    }

    #[test]
    fn a_part_knows_its_length_and_its_header() {
        let part = ByteRange { first: 2, last: 5 };
        assert_eq!(part.length(), 4);
        assert_eq!(part.content_range(10), "bytes 2-5/10");
    }
}
