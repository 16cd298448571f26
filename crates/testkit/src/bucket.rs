//! An object store that speaks S3, for tests: `s3s` on a folder, which checks signatures and keeps to the protocol as the big ones
//! do. It can go away and come back.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use anyhow::Context as _;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

const KEY: &str = "key-of-a-test";
const SECRET: &str = "secret of a test/+";
const BUCKET: &str = "iris-media";

/// The server with one bucket, running. Dropping it stops it.
pub struct BucketServer {
    address: SocketAddr,
    service: S3Service,
    server: Option<JoinSet<()>>,
    folder: TempDir,
}

impl BucketServer {
    /// Starts it on a free port, with an empty bucket.
    ///
    /// # Errors
    /// No folder or port can be had.
    pub async fn start() -> anyhow::Result<Self> {
        let folder = TempDir::new().context("make a folder for the bucket")?;
        std::fs::create_dir(folder.path().join(BUCKET)).context("make the bucket")?;
        let files = FileSystem::new(folder.path()).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let mut started =
            Self { address: (Ipv4Addr::LOCALHOST, 0).into(), service: builder.build(), server: None, folder };
        started.start_again().await?;
        Ok(started)
    }

    /// The bucket's address as a setting, or that of a folder in it.
    #[must_use]
    pub fn url(&self, folder: &str) -> String {
        let secret = SECRET.replace(' ', "%20").replace('/', "%2F").replace('+', "%2B");
        format!("s3+http://{KEY}:{secret}@{}/{BUCKET}/{folder}", self.address)
    }

    /// What the bucket holds, as files.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join(BUCKET)
    }

    /// Ends every connection and takes no more.
    pub async fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            server.shutdown().await;
        }
    }

    /// Listens again, where it did before.
    ///
    /// # Errors
    /// The port was taken meanwhile.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        let listener = TcpListener::bind(self.address).await.context("listen for an object store")?;
        self.address = listener.local_addr()?;
        let service = self.service.clone();
        let mut server = JoinSet::new();
        server.spawn(serve(listener, service));
        self.server = Some(server);
        Ok(())
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        connections.spawn(async move {
            let http = auto::Builder::new(TokioExecutor::new());
            // A client that went away is no matter.
            let _gone = http.serve_connection(TokioIo::new(stream), service).await;
        });
        while connections.try_join_next().is_some() {}
    }
}
