//! Stored media (clips, thumbnails, pictures of who was seen): in a folder, or in a bucket of an object store that speaks S3. The
//! recorder and re-ID put and delete, the gateway opens and deletes, the operator's check walks and sets aside; which file goes first
//! when room is short is decided in `domain`. All of it blocks: call it off the async threads, but for reading what was opened.

mod bucket;
mod error;
mod folder;
mod path;
mod temp;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use futures::future::Either;
use futures::{Stream, TryStreamExt as _, stream};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, SeekFrom};
use tokio_util::io::ReaderStream;

use bucket::{Bucket, Object};
use folder::Folder;
use temp::TEMP_FOLDER;

pub use bucket::InvalidBucket;
pub use error::LibraryError;
pub use path::{InvalidMediaPath, MediaPath};
pub use temp::TempFile;

/// Bytes read at a time: few system calls for a long clip, little memory for many viewers.
const CHUNK_BYTES: usize = 1 << 20;

/// Where media are stored.
#[derive(Debug)]
pub struct Library {
    /// Everything, or beside a bucket only what is being made.
    folder: Folder,
    bucket: Option<Bucket>,
}

/// An opened file.
#[derive(Debug)]
pub struct OpenedFile {
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written last.
    pub modified: SystemTime,
    content: Content,
}

#[derive(Debug)]
enum Content {
    File(File),
    Object(Object),
}

/// A file as a walk finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where it stands.
    pub path: MediaPath,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When it was written last.
    pub modified: SystemTime,
}

/// What the library holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Number of files.
    pub files: u64,
    /// Their sizes together, in bytes.
    pub bytes: u64,
}

/// The file system that a folder lies on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Space {
    /// Bytes that an ordinary process can still write.
    pub free_bytes: u64,
    /// Its size in bytes.
    pub total_bytes: u64,
}

impl Library {
    /// Opens the library in a folder, making it if need be.
    pub fn open(path: &Path) -> Result<Self, LibraryError> {
        let folder = Folder::open(path);
        let folder = folder.map_err(|source| LibraryError::new("open the library", path.display(), source))?;
        Ok(Self { folder, bucket: None })
    }

    /// The same in a bucket, where its address is given: `s3+https://KEY:SECRET@HOST[:PORT]/BUCKET[/FOLDER][?region=REGION]`, or
    /// `s3+http://...`. Then only files that are being made lie in the folder. Called on a thread of an async runtime that lives as
    /// long as this; whether the store is there shows with the first use.
    pub fn open_in(bucket: Option<&str>, folder: &Path) -> Result<Self, LibraryError> {
        let library = Self::open(folder)?;
        let bucket = bucket.map(|address| Bucket::new(address, tokio::runtime::Handle::current())).transpose()?;
        Ok(Self { bucket, ..library })
    }

    /// Whether its files lie on a disk of this machine, whose room is theirs.
    pub fn is_on_disk(&self) -> bool {
        self.bucket.is_none()
    }

    /// An empty file to be filled and then [`put`](Self::put); `extension` without its dot, for libraries that choose a format
    /// by it.
    pub fn create_temp(&self, extension: &str) -> Result<TempFile, LibraryError> {
        let created = self.folder.create_temp(extension);
        created.map_err(|source| LibraryError::new("create a file in", TEMP_FOLDER, source))
    }

    /// Gives a finished file its name, replacing what stood there; returns its size in bytes. After a crash the name stands for
    /// the whole file or does not exist.
    pub fn put(&self, file: TempFile, to: &MediaPath) -> Result<u64, LibraryError> {
        let put = match &self.bucket {
            Some(bucket) => bucket.put_file(file.path(), to),
            None => self.folder.put(file, to),
        };
        put.map_err(self.failed("store", to))
    }

    /// [`put`](Self::put) for content in memory.
    pub fn put_bytes(&self, content: &[u8], to: &MediaPath) -> Result<u64, LibraryError> {
        if let Some(bucket) = &self.bucket {
            return bucket.put_bytes(content, to).map_err(self.failed("store", to));
        }
        let file = self.create_temp("part")?;
        let write = || File::options().write(true).open(file.path())?.write_all(content);
        write().map_err(self.failed("store", to))?;
        self.put(file, to)
    }

    /// Opens a file; `None` when there is none of that name.
    pub fn get(&self, path: &MediaPath) -> Result<Option<OpenedFile>, LibraryError> {
        let opened = match &self.bucket {
            Some(bucket) => {
                bucket.get(path).map(|found| found.map(|(object, size, at)| (Content::Object(object), size, at)))
            }
            None => self.folder.get(path).map(|found| found.map(|(file, size, at)| (Content::File(file), size, at))),
        };
        let opened = opened.map_err(self.failed("open", path))?;
        Ok(opened.map(|(content, size_bytes, modified)| OpenedFile { size_bytes, modified, content }))
    }

    /// Deletes a file and says whether there was one. A file that is being read stays readable to whoever reads it, in a folder.
    pub fn delete(&self, path: &MediaPath) -> Result<bool, LibraryError> {
        let deleted = match &self.bucket {
            Some(bucket) => bucket.delete(path),
            None => self.folder.delete(path),
        };
        deleted.map_err(self.failed("delete", path))
    }

    /// Moves a file out of the library to the same path beneath the folder `to`, which a library in a folder must share its file system
    /// with; says whether there was one. What stands there already is replaced.
    pub fn set_aside(&self, path: &MediaPath, to: &Path) -> Result<bool, LibraryError> {
        let moved = match &self.bucket {
            Some(_) => return self.fetch_and_delete(path, to),
            None => self.folder.set_aside(path, to),
        };
        moved.map_err(self.failed("set aside", path))
    }

    fn fetch_and_delete(&self, path: &MediaPath, to: &Path) -> Result<bool, LibraryError> {
        let Some(opened) = self.get(path)? else { return Ok(false) };
        let place = to.join(path.as_path());
        let fetch = || {
            std::fs::create_dir_all(place.parent().unwrap_or(to))?;
            let mut file = File::create(&place)?;
            opened.copy_to(&mut file)?;
            file.sync_all()
        };
        fetch().map_err(self.failed("set aside", path))?;
        self.delete(path)
    }

    /// Shows every file to `visit`, in no order. Links, hidden names and what vanishes meanwhile are passed over.
    pub fn walk(&self, visit: impl FnMut(StoredFile)) -> Result<(), LibraryError> {
        let walked = match &self.bucket {
            Some(bucket) => bucket.walk(visit),
            None => self.folder.walk(visit),
        };
        walked.map_err(self.failed("walk through", self.folder.path().display()))
    }

    /// What it holds, counted by a walk.
    pub fn usage(&self) -> Result<Usage, LibraryError> {
        let mut usage = Usage::default();
        self.walk(|file| {
            usage.files += 1;
            usage.bytes += file.size_bytes;
        })?;
        Ok(usage)
    }

    /// How much room the file system of its folder has.
    pub fn space(&self) -> Result<Space, LibraryError> {
        self.folder
            .space()
            .map_err(|source| LibraryError::new("measure the disk of", self.folder.path().display(), source))
    }

    /// Removes unfinished files last written before `before`, which a crash has left; says how many.
    pub fn remove_stale_temps(&self, before: SystemTime) -> Result<u64, LibraryError> {
        let removed = self.folder.remove_stale_temps(before);
        removed.map_err(|source| LibraryError::new("remove stale files of", TEMP_FOLDER, source))
    }

    /// What is made of a failure: of a bucket all of them are its store's, and may pass.
    fn failed(&self, attempt: &'static str, path: impl ToString) -> impl FnOnce(io::Error) -> LibraryError {
        let (is_on_disk, path) = (self.is_on_disk(), path.to_string());
        move |source| match is_on_disk {
            true => LibraryError::new(attempt, path, source),
            false => LibraryError::Away { attempt, path, source },
        }
    }
}

impl OpenedFile {
    /// Its bytes from `first`, `length` of them, a piece at a time as they are read.
    pub fn stream(self, first: u64, length: u64) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        match self.content {
            Content::File(file) => Either::Left(stream_file(file, first, length)),
            Content::Object(object) => Either::Right(object.stream(first, length)),
        }
    }

    /// Copies all of it; says how many bytes it was. Blocks.
    pub fn copy_to(self, to: &mut dyn Write) -> io::Result<u64> {
        match self.content {
            Content::File(mut file) => io::copy(&mut file, to),
            Content::Object(object) => object.copy_to(self.size_bytes, to),
        }
    }

    /// All of it, for what is small.
    pub async fn read(self) -> io::Result<Bytes> {
        let size_bytes = self.size_bytes;
        let content = self.stream(0, size_bytes).try_collect::<BytesMut>().await?;
        Ok(content.freeze())
    }
}

fn stream_file(file: File, first: u64, length: u64) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
    let sought = async move {
        let mut file = tokio::fs::File::from_std(file);
        file.seek(SeekFrom::Start(first)).await?;
        Ok::<_, io::Error>(ReaderStream::with_capacity(file.take(length), CHUNK_BYTES))
    };
    stream::once(sought).try_flatten()
}
