//! The library in a bucket of an object store that speaks S3. Each call waits for the store on the thread that makes it, which is
//! never one of the async runtime's own.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::future::Either;
use futures::{Stream, TryStreamExt as _, stream};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::buffered::BufWriter;
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientOptions, Error, GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _,
    RetryConfig,
};
use tokio::io::AsyncWriteExt as _;
use tokio::runtime::Handle;
use url::Url;

use crate::{MediaPath, StoredFile};

/// A store that is there answers at once; one that is away is tried again by whoever wants something of it.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// One request, with 8 MiB of a clip at most: a slow uplink takes 30 s for them.
const REQUEST_WITHIN: Duration = Duration::from_secs(60);
/// Answers such as "slow down" are obeyed within this time.
const RETRY_WITHIN: Duration = Duration::from_secs(15);
const RETRIES_MAX: usize = 5;
/// A clip goes up in pieces of this size, in bytes; what is smaller in one. S3 wants 5 MiB at least and 10,000 pieces at most.
const PIECE_BYTES: usize = 8 << 20;

/// A wrong address of a bucket.
#[derive(Debug, thiserror::Error)]
#[error("the address of the media library {0}; expected s3+https://KEY:SECRET@HOST/BUCKET or .../BUCKET/FOLDER")]
pub struct InvalidBucket(String);

/// A bucket, or a folder in one.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    store: Arc<AmazonS3>,
    folder: Key,
    runtime: Handle,
}

/// An object that was asked about.
#[derive(Debug)]
pub(crate) struct Object {
    bucket: Bucket,
    key: Key,
}

impl Bucket {
    /// Prepares the client; nothing is asked of the store yet. `address` is
    /// `s3+https://KEY:SECRET@HOST[:PORT]/BUCKET[/FOLDER][?region=REGION]`, or `s3+http://` within a closed network; the region is
    /// `us-east-1` unless it is said.
    pub(crate) fn new(address: &str, runtime: Handle) -> Result<Self, InvalidBucket> {
        let wrong = |what: &str| InvalidBucket(what.to_owned());
        let address = Url::parse(address).map_err(|_| wrong("is none"))?;
        let scheme = match address.scheme() {
            "s3+https" => "https",
            "s3+http" => "http",
            _ => return Err(wrong("has another scheme")),
        };
        let host = address.host_str().ok_or_else(|| wrong("has no host"))?;
        let port = address.port().map(|port| format!(":{port}")).unwrap_or_default();
        let plain = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8().map(String::from);
        let key = plain(address.username()).map_err(|_| wrong("has a key that is no text"))?;
        let secret =
            plain(address.password().unwrap_or_default()).map_err(|_| wrong("has a secret that is no text"))?;
        if key.is_empty() || secret.is_empty() {
            return Err(wrong("has no key and secret"));
        }
        let (name, folder) =
            address.path().trim_matches('/').split_once('/').unwrap_or((address.path().trim_matches('/'), ""));
        if name.is_empty() {
            return Err(wrong("names no bucket"));
        }
        let region = address.query_pairs().find(|(name, _)| name == "region").map(|(_, region)| region.into_owned());
        let options = ClientOptions::new()
            .with_allow_http(scheme == "http")
            .with_connect_timeout(CONNECT_WITHIN)
            .with_timeout(REQUEST_WITHIN);
        let store = AmazonS3Builder::new()
            .with_endpoint(format!("{scheme}://{host}{port}"))
            .with_bucket_name(name)
            .with_region(region.as_deref().unwrap_or("us-east-1"))
            .with_access_key_id(key)
            .with_secret_access_key(secret)
            .with_client_options(options)
            .with_retry(RetryConfig {
                backoff: BackoffConfig::default(),
                max_retries: RETRIES_MAX,
                retry_timeout: RETRY_WITHIN,
            })
            .build()
            .map_err(|error| InvalidBucket(format!("cannot be used: {error}")))?;
        let folder =
            Key::parse(folder).map_err(|error| InvalidBucket(format!("names a folder that cannot be: {error}")))?;
        Ok(Self { store: Arc::new(store), folder, runtime })
    }

    /// Stores a finished file, whole or not at all.
    pub(crate) fn put_file(&self, from: &Path, to: &MediaPath) -> io::Result<u64> {
        let work = async {
            let mut file = tokio::fs::File::open(from).await?;
            let store: Arc<dyn ObjectStore> = self.store.clone();
            let mut writer = BufWriter::with_capacity(store, self.key(to)?, PIECE_BYTES);
            let copied = tokio::io::copy(&mut file, &mut writer).await;
            match copied {
                Ok(size_bytes) => writer.shutdown().await.map(|()| size_bytes),
                Err(error) => {
                    // What stays of it, the store's own rules remove.
                    let _gone_anyway = writer.abort().await;
                    Err(error)
                }
            }
        };
        self.runtime.block_on(work)
    }

    pub(crate) fn put_bytes(&self, content: &[u8], to: &MediaPath) -> io::Result<u64> {
        let (key, size_bytes) = (self.key(to)?, content.len() as u64);
        let put = self.store.put(&key, Bytes::copy_from_slice(content).into());
        self.runtime.block_on(put).map_err(io::Error::from)?;
        Ok(size_bytes)
    }

    /// An object with its size and its time; `None` when there is none of that name.
    pub(crate) fn get(&self, path: &MediaPath) -> io::Result<Option<(Object, u64, SystemTime)>> {
        let key = self.key(path)?;
        match self.runtime.block_on(self.store.head(&key)) {
            Ok(meta) => {
                let (size, modified) = (meta.size, meta.last_modified.into());
                Ok(Some((Object { bucket: self.clone(), key }, size, modified)))
            }
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn delete(&self, path: &MediaPath) -> io::Result<bool> {
        let key = self.key(path)?;
        let work = async {
            // S3 says nothing of whether there was one.
            match self.store.head(&key).await {
                Ok(_) => self.store.delete(&key).await.map(|()| true),
                Err(Error::NotFound { .. }) => Ok(false),
                Err(error) => Err(error),
            }
        };
        Ok(self.runtime.block_on(work)?)
    }

    /// Shows every object that has a path of the library.
    pub(crate) fn walk(&self, mut visit: impl FnMut(StoredFile)) -> io::Result<()> {
        let below = (!self.folder.as_ref().is_empty()).then_some(&self.folder);
        let work = async {
            let mut objects = self.store.list(below);
            while let Some(object) = objects.try_next().await? {
                if let Some(file) = self.stored(&object) {
                    visit(file);
                }
            }
            Ok::<_, Error>(())
        };
        Ok(self.runtime.block_on(work)?)
    }

    fn stored(&self, object: &ObjectMeta) -> Option<StoredFile> {
        let path: Vec<_> = object.location.prefix_match(&self.folder)?.collect();
        let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        let path = path.join("/").parse().ok()?;
        Some(StoredFile { path, size_bytes: object.size, modified: object.last_modified.into() })
    }

    fn key(&self, path: &MediaPath) -> io::Result<Key> {
        let wrong = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let below = Key::parse(path.as_str()).map_err(wrong)?;
        Ok(self.folder.parts().chain(below.parts()).collect())
    }
}

impl Object {
    /// Copies all of its `size_bytes`; says how many came.
    pub(crate) fn copy_to(self, size_bytes: u64, to: &mut dyn io::Write) -> io::Result<u64> {
        let runtime = self.bucket.runtime.clone();
        let mut pieces = std::pin::pin!(self.stream(0, size_bytes));
        let mut copied = 0;
        while let Some(piece) = runtime.block_on(pieces.try_next())? {
            to.write_all(&piece)?;
            copied += piece.len() as u64;
        }
        Ok(copied)
    }

    /// Its bytes from `first`, `length` of them, as they come.
    pub(crate) fn stream(self, first: u64, length: u64) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let asked = async move {
            let range = GetRange::Bounded(first..first.saturating_add(length));
            let options = GetOptions { range: Some(range), ..GetOptions::default() };
            let got = self.bucket.store.get_opts(&self.key, options).await?;
            Ok::<_, Error>(got.into_stream())
        };
        // An empty range is none for S3.
        if length == 0 {
            return Either::Left(stream::empty());
        }
        Either::Right(stream::once(asked).try_flatten().map_err(io::Error::from))
    }
}
