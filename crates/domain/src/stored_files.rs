//! Rows name files, and files are named by rows: what is wrong where the two differ, and what mends it. The operator's check
//! gathers both sides and acts; the services' own sweeps obey the same rules for what they tidy up. Nothing is decided by a name's form.

use std::fmt;
use std::time::Duration;

/// Younger than this, a file or a row may belong to work that goes on: the longest presence with its rolls takes 17 minutes, and a
/// track is decided about for as long as it lasts.
pub const SETTLED: Duration = Duration::from_secs(60 * 60);

/// What a row names a file for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FileUse {
    /// An event's clip, of which the row also knows the size.
    Clip,
    /// An event's thumbnail.
    Thumbnail,
    /// A sighting's crop.
    Crop,
    /// The picture of a captured face.
    FaceSample,
    /// The photo of an enrolled face.
    Photo,
    /// An identity's best crop, which is one of its sightings'.
    IdentityCrop,
    /// An identity's best face.
    IdentityFace,
}

impl FileUse {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Clip,
        Self::Thumbnail,
        Self::Crop,
        Self::FaceSample,
        Self::Photo,
        Self::IdentityCrop,
        Self::IdentityFace,
    ];

    /// Whose file it is, in words: `clip of event`, before the row's id.
    pub const fn of_row(self) -> &'static str {
        match self {
            Self::Clip => "clip of event",
            Self::Thumbnail => "thumbnail of event",
            Self::Crop => "crop of sighting",
            Self::FaceSample => "picture of face sample",
            Self::Photo => "photo of enrolled face",
            Self::IdentityCrop => "crop of identity",
            Self::IdentityFace => "face of identity",
        }
    }
}

/// What a file turned out to be when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// Nobody tried.
    NotTried,
    /// It can be played, or shown.
    Well,
    /// It cannot; why.
    Broken(String),
}

/// What stands where a row says that a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnDisk {
    /// Nothing.
    Missing,
    /// A file.
    There {
        /// Its size in bytes.
        size_bytes: u64,
        /// What it is.
        opened: Opened,
    },
}

/// What is wrong with a file that a row names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// It is not there.
    Missing,
    /// It cannot be played or shown; why.
    Broken(String),
    /// It is sound, and of another size than the row says.
    OtherSize {
        /// What the row says, in bytes.
        promised: u64,
        /// What the file has.
        found: u64,
    },
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the file is missing"),
            Self::Broken(why) => write!(f, "the file is broken: {why}"),
            Self::OtherSize { promised, found } => write!(f, "the file has {found} bytes, the row says {promised}"),
        }
    }
}

/// What makes a row say the truth again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repair {
    /// The event's clip has failed, and says why.
    FailClip,
    /// The same, and the broken file is set aside.
    FailClipAndSetAside,
    /// The row takes over the file's size.
    TakeSize,
    /// The row names no file any more.
    Forget,
    /// The same, and the broken file is set aside.
    ForgetAndSetAside,
    /// Nothing: a captured face without its picture is still evidence of who was there, and is deleted by a person or not at all.
    Leave,
}

/// Whether a clip that is not opened anyway has to be, because its size speaks against it.
pub fn is_suspect(promised: Option<u64>, size_bytes: u64) -> bool {
    size_bytes == 0 || promised.is_some_and(|promised| promised != size_bytes)
}

/// What is wrong with a file that a row names, of the size that it promises, if it promises one.
pub fn flaw(promised: Option<u64>, disk: &OnDisk) -> Option<Flaw> {
    match disk {
        OnDisk::Missing => Some(Flaw::Missing),
        OnDisk::There { size_bytes: 0, .. } => Some(Flaw::Broken("it is empty".to_owned())),
        OnDisk::There { opened: Opened::Broken(why), .. } => Some(Flaw::Broken(why.clone())),
        OnDisk::There { size_bytes, .. } => promised
            .filter(|promised| promised != size_bytes)
            .map(|promised| Flaw::OtherSize { promised, found: *size_bytes }),
    }
}

/// What mends it.
pub fn repair(used_as: FileUse, flaw: &Flaw) -> Repair {
    match (used_as, flaw) {
        (_, Flaw::OtherSize { .. }) => Repair::TakeSize,
        (FileUse::Clip, Flaw::Missing) => Repair::FailClip,
        (FileUse::Clip, Flaw::Broken(_)) => Repair::FailClipAndSetAside,
        (FileUse::FaceSample, _) => Repair::Leave,
        (_, Flaw::Missing) => Repair::Forget,
        (_, Flaw::Broken(_)) => Repair::ForgetAndSetAside,
    }
}

/// What is known of a file that lies in the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileFacts {
    /// A row names it.
    pub named: bool,
    /// Work that is not finished may come to name it: an event's that is in the journal, a track's that waits for a better view.
    pub awaited: bool,
    /// How long ago it was written.
    pub age: Duration,
}

/// Whether a file is nobody's.
pub fn is_orphan(file: FileFacts) -> bool {
    !file.named && !file.awaited && file.age >= SETTLED
}

/// What is known of an event that waits for its clip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WaitingFacts {
    /// A journal of this cell has it.
    pub journalled: bool,
    /// This cell records its camera; another's journals are not seen from here.
    pub recorded_here: bool,
    /// How long ago it began.
    pub age: Duration,
}

/// Whether an event waits for a clip that nobody cuts any more.
pub fn is_forgotten(event: WaitingFacts) -> bool {
    event.recorded_here && !event.journalled && event.age >= SETTLED
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn there(size_bytes: u64, opened: Opened) -> OnDisk {
        OnDisk::There { size_bytes, opened }
    }

    fn broken() -> Opened {
        Opened::Broken("no key picture".to_owned())
    }

    #[test]
    fn every_flaw_of_a_clip_is_found_and_mended() {
        let other = Flaw::OtherSize { promised: 10, found: 9 };
        for (disk, found, mended) in [
            (OnDisk::Missing, Some(Flaw::Missing), Some(Repair::FailClip)),
            (there(10, Opened::NotTried), None, None),
            (there(10, Opened::Well), None, None),
            (there(10, broken()), Some(Flaw::Broken("no key picture".into())), Some(Repair::FailClipAndSetAside)),
            (there(9, Opened::Well), Some(other), Some(Repair::TakeSize)),
            // Broken weighs more than another size: such a size must not be taken over.
            (there(9, broken()), Some(Flaw::Broken("no key picture".into())), Some(Repair::FailClipAndSetAside)),
            (there(0, Opened::NotTried), Some(Flaw::Broken("it is empty".into())), Some(Repair::FailClipAndSetAside)),
        ] {
            let flaw = flaw(Some(10), &disk);
            assert_eq!(flaw.as_ref().map(|flaw| repair(FileUse::Clip, flaw)), mended, "{disk:?}");
            assert_eq!(flaw, found, "{disk:?}");
        }
    }

    #[test]
    fn a_picture_is_forgotten_but_a_captured_face_stays_evidence() {
        let (missing, broken) = (Flaw::Missing, Flaw::Broken("no JPEG".to_owned()));
        for used_as in FileUse::ALL.into_iter().filter(|used_as| *used_as != FileUse::Clip) {
            let wanted = match used_as {
                FileUse::FaceSample => [Repair::Leave, Repair::Leave],
                _ => [Repair::Forget, Repair::ForgetAndSetAside],
            };
            assert_eq!([repair(used_as, &missing), repair(used_as, &broken)], wanted, "{used_as:?}");
        }
        assert_eq!(flaw(None, &there(7, Opened::NotTried)), None);
    }

    #[test]
    fn what_looks_wrong_is_opened() {
        assert!(is_suspect(Some(10), 9) && is_suspect(Some(10), 0) && is_suspect(None, 0));
        assert!(!is_suspect(Some(10), 10) && !is_suspect(None, 10));
    }

    proptest! {
        #[test]
        fn nothing_that_is_young_named_or_awaited_is_an_orphan(named: bool, awaited: bool, minutes in 0u64..200) {
            let age = Duration::from_secs(minutes * 60);
            let orphan = is_orphan(FileFacts { named, awaited, age });
            prop_assert_eq!(orphan, minutes >= 60 && !named && !awaited);
            let forgotten = is_forgotten(WaitingFacts { journalled: named, recorded_here: awaited, age });
            prop_assert_eq!(forgotten, minutes >= 60 && !named && awaited);
        }
    }
}
