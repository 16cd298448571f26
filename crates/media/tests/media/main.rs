//! The crate against real streams, made on the spot by ffmpeg's command line and looked at by ffprobe: nothing here trusts our own
//! reading of what we wrote.

mod cameras;
mod clips;
mod footage;
mod hostile;
mod pictures;
mod recording;
