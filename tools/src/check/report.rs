//! What a check found, for a person and for a program.

use std::fmt::Write as _;

use indicatif::HumanBytes;
use iris_domain::stored_files::{FileUse, Flaw, Repair};
use iris_library::MediaPath;
use serde::{Serialize, Serializer};

/// What one thing is that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// A row names a file that is not what it says.
    Row {
        /// What for.
        used_as: FileUse,
        /// The row's id.
        row: i64,
        /// The path in the row.
        path: String,
        /// What is wrong.
        flaw: Flaw,
        /// What mends it.
        repair: Repair,
    },
    /// A file that no row names.
    Orphan {
        /// Where it lies.
        path: MediaPath,
        /// Its size in bytes.
        size_bytes: u64,
    },
    /// An event that waits for a clip nobody cuts.
    Forgotten {
        /// The event's id.
        row: i64,
        /// Its key.
        key: iris_domain::EventKey,
        /// When it began.
        ts: iris_domain::Timestamp,
        /// When it ended, where the row knows.
        end_ts: Option<iris_domain::Timestamp>,
    },
}

/// One thing that is wrong, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub wrong: Wrong,
    /// Whether it was mended.
    pub mended: bool,
}

impl Wrong {
    /// Which kind, as a program sorts it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Row { flaw: Flaw::Missing, .. } => "missing",
            Self::Row { flaw: Flaw::Broken(_), .. } => "broken",
            Self::Row { flaw: Flaw::OtherSize { .. }, .. } => "size",
            Self::Orphan { .. } => "orphan",
            Self::Forgotten { .. } => "waiting",
        }
    }

    /// Which thing it is about.
    fn subject(&self) -> String {
        match self {
            Self::Row { used_as, row, path, .. } => format!("{} {row}, {path}", used_as.of_row()),
            Self::Orphan { path, .. } => path.to_string(),
            Self::Forgotten { row, .. } => format!("event {row}"),
        }
    }

    /// What is wrong with it.
    fn what(&self) -> String {
        match self {
            Self::Row { flaw, .. } => flaw.to_string(),
            Self::Orphan { size_bytes, .. } => format!("no row names this file of {size_bytes} bytes"),
            Self::Forgotten { ts, .. } => format!("waits for its clip since {ts}, and the recorder has no notes of it"),
        }
    }

    /// What mends it.
    fn remedy(&self) -> &'static str {
        match self {
            Self::Orphan { .. } => "the file goes to quarantine",
            Self::Forgotten { .. } => "the event is closed without a clip",
            Self::Row { repair, .. } => match repair {
                Repair::FailClip => "the event says that its clip was lost",
                Repair::FailClipAndSetAside => "the event says that its clip is broken, the file goes to quarantine",
                Repair::TakeSize => "the row takes over the file's size",
                Repair::Forget => "the row names no picture any more",
                Repair::ForgetAndSetAside => "the row names no picture any more, the file goes to quarantine",
                Repair::Leave => {
                    "not mended: it is still evidence of who was there; it can be deleted on the page, at Faces"
                }
            },
        }
    }

    /// Whether there is a repair.
    pub fn can_be_mended(&self) -> bool {
        !matches!(self, Self::Row { repair: Repair::Leave, .. })
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Line {
            kind: &'static str,
            subject: String,
            what: String,
            remedy: &'static str,
            mended: bool,
        }
        let Self { wrong, mended } = self;
        let (kind, subject, what, remedy) = (wrong.kind(), wrong.subject(), wrong.what(), wrong.remedy());
        Line { kind, subject, what, remedy, mended: *mended }.serialize(serializer)
    }
}

/// What a check found.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Files in the library.
    pub files: u64,
    /// Their sizes together, in bytes.
    pub bytes: u64,
    /// Rows that name a file.
    pub rows: u64,
    /// Clips that were opened and read to their end.
    pub clips_read: u64,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// Where files were set aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quarantine: Option<std::path::PathBuf>,
}

impl Report {
    /// Whether nothing is wrong, or nothing any more.
    pub fn is_well(&self) -> bool {
        self.findings.iter().all(|finding| finding.mended)
    }

    /// For a person.
    pub fn text(&self, repaired: bool) -> String {
        let mut text = String::new();
        for finding in &self.findings {
            let wrong = &finding.wrong;
            let done = match (finding.mended, repaired && wrong.can_be_mended()) {
                (true, _) => "mended",
                (false, true) => "NOT mended, it changed meanwhile",
                (false, false) => "repair",
            };
            let (kind, subject, what, remedy) = (wrong.kind(), wrong.subject(), wrong.what(), wrong.remedy());
            // A text never fails to be written.
            let _ = writeln!(text, "{kind:<8} {subject}\n         {what}\n         {done}: {remedy}");
        }
        let Self { files, rows, clips_read, .. } = self;
        let size = HumanBytes(self.bytes);
        let _ = writeln!(
            text,
            "{rows} rows name files; the library has {files} files, {size}; {clips_read} clips were read to their end."
        );
        if let Some(quarantine) = &self.quarantine {
            let _ = writeln!(text, "Set aside in {}: look at it, and delete it.", quarantine.display());
        }
        let (wrong, mended) = (self.findings.len(), self.findings.iter().filter(|finding| finding.mended).count());
        let can = self.findings.iter().filter(|finding| !finding.mended && finding.wrong.can_be_mended()).count();
        let _ = match (wrong, mended) {
            (0, _) => writeln!(text, "Nothing is wrong."),
            (wrong, 0) if can > 0 && !repaired => {
                writeln!(text, "{wrong} wrong. Nothing was changed; `iris check --repair` mends {can} of them.")
            }
            (wrong, mended) => writeln!(text, "{wrong} wrong, {mended} mended."),
        };
        text
    }
}
