//! The crate against real streams, made on the spot by ffmpeg's command line and looked at by ffprobe: nothing here trusts our own
//! reading of what we wrote.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod cameras;
mod clips;
mod footage;
mod hostile;
mod pictures;
mod recording;
