//! Recordings and uploads as objects: a folder, a bucket, or memory in a test.
//!
//! Names are typed, so that nothing a person typed becomes a path.

use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use axum::body::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutMode, RetryConfig, WriteMultipart,
};
use programme::ids::{ContentHash, UploadId};
use recordings::durable;

use crate::config::Config;

/// The name of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// A recording as it airs: cleaned, levelled Ogg Opus, known by its content.
    Recording(ContentHash),
    /// What a phone sent, untouched, known by its content.
    Original(ContentHash),
    /// What is attached to a request for a recording, known by its content.
    Document(ContentHash),
    /// One piece of an upload, which starts at `offset` bytes.
    Upload {
        /// Which upload.
        upload: UploadId,
        /// Where in it the piece begins.
        offset: u64,
        /// Two senders may race for one offset; each writes an object of its own.
        attempt: u64,
    },
}

impl Key {
    fn path(&self) -> Path {
        match self {
            Self::Recording(hash) => by_hash("recordings", hash),
            Self::Original(hash) => by_hash("originals", hash),
            Self::Document(hash) => by_hash("documents", hash),
            // Zeros in front keep the order of names the order of bytes.
            Self::Upload {
                upload,
                offset,
                attempt,
            } => Path::from(format!("uploads/{upload}/{offset:020}-{attempt:016x}")),
        }
    }
}

/// A bucket that is away is reported while the person who waits is still there.
fn patience() -> RetryConfig {
    RetryConfig {
        max_retries: 3,
        retry_timeout: Duration::from_secs(20),
        ..RetryConfig::default()
    }
}

impl Key {
    /// The recording, original or document that [`Objects::list_kept`] names so.
    pub fn from_name(name: &str) -> Option<Self> {
        let (kind, rest) = name.split_once('/')?;
        let hash = rest.split_once('/')?.1.parse().ok()?;
        match kind {
            "recordings" => Some(Self::Recording(hash)),
            "originals" => Some(Self::Original(hash)),
            "documents" => Some(Self::Document(hash)),
            _ => None,
        }
    }
}

/// Two letters of the hash make a folder, so that no folder holds a country's recordings.
fn by_hash(kind: &str, hash: &ContentHash) -> Path {
    let hash = hash.to_string();
    let folder = hash.get(..2).unwrap_or_default();
    Path::from(format!("{kind}/{folder}/{hash}"))
}

/// The store.
#[derive(Debug, Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    /// The folder, when the store is one.
    folder: Option<std::path::PathBuf>,
}

/// An object on its way out.
pub struct Found {
    /// Length of the whole object.
    pub size_bytes: u64,
    /// What of it the stream carries.
    pub range: Range<u64>,
    /// The bytes.
    pub bytes: BoxStream<'static, object_store::Result<Bytes>>,
}

impl Objects {
    /// Opens the store that the configuration names.
    ///
    /// # Errors
    /// A URL that is neither `file:` nor `s3:`, a folder that cannot be made, a bucket without
    /// keys.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let url = &config.objects.url;
        if url.is_empty() {
            return Self::in_folder(&config.storage.data_dir.join("objects"));
        }
        if let Some(path) = url.strip_prefix("file:") {
            return Self::in_folder(std::path::Path::new(path));
        }
        let Some(place) = url.strip_prefix("s3://") else {
            bail!("objects.url must start with file: or s3://");
        };
        crate::serve::choose_cryptography();
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let objects = &config.objects;
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&objects.s3_region)
            .with_access_key_id(&objects.s3_access_key_id)
            .with_secret_access_key(&objects.s3_secret_access_key)
            .with_retry(patience())
            .with_allow_http(objects.s3_allow_http);
        if !objects.s3_endpoint.is_empty() {
            builder = builder.with_endpoint(&objects.s3_endpoint);
        }
        let store = builder.build().context("open the bucket of objects.url")?;
        Ok(Self {
            store: Arc::new(PrefixStore::new(store, prefix)),
            folder: None,
        })
    }

    /// A store in memory, gone with the process: for tests.
    pub fn in_memory() -> Self {
        Self {
            store: Arc::new(InMemory::new()),
            folder: None,
        }
    }

    fn in_folder(folder: &std::path::Path) -> anyhow::Result<Self> {
        let cannot = || format!("make the folder {} for recordings", folder.display());
        durable::make_folder(folder).with_context(cannot)?;
        let store = LocalFileSystem::new_with_prefix(folder)
            .with_context(cannot)?
            .with_fsync(true);
        Ok(Self {
            store: Arc::new(store),
            folder: Some(folder.to_owned()),
        })
    }

    /// The folder that holds the objects, when the store is one.
    pub fn folder(&self) -> Option<&std::path::Path> {
        self.folder.as_deref()
    }

    /// Puts `bytes` at `key`, replacing what was there.
    ///
    /// # Errors
    /// The store failed; what was there is there still.
    pub async fn put(&self, key: &Key, bytes: Bytes) -> object_store::Result<()> {
        self.store.put(&key.path(), bytes.into()).await.map(|_| ())
    }

    /// Puts `bytes` at `key` unless something is there, and says whether it did.
    ///
    /// # Errors
    /// The store failed.
    pub async fn put_new(&self, key: &Key, bytes: Bytes) -> object_store::Result<bool> {
        let put = self
            .store
            .put_opts(&key.path(), bytes.into(), PutMode::Create.into())
            .await;
        match put {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Puts at `key` what `bytes` carries, whole or not at all, in bounded memory.
    ///
    /// # Errors
    /// The store failed, or the stream did.
    pub async fn put_stream(
        &self,
        key: &Key,
        mut bytes: BoxStream<'_, object_store::Result<Bytes>>,
    ) -> object_store::Result<u64> {
        let mut writer = WriteMultipart::new(self.store.put_multipart(&key.path()).await?);
        let mut size_bytes = 0;
        loop {
            match bytes.try_next().await {
                Ok(Some(piece)) => {
                    size_bytes += piece.len() as u64;
                    writer.wait_for_capacity(2).await?;
                    writer.put(piece);
                }
                Ok(None) => break,
                Err(error) => {
                    writer.abort().await?;
                    return Err(error);
                }
            }
        }
        writer.finish().await?;
        Ok(size_bytes)
    }

    /// The object at `key`, or the part of it that `range` names.
    ///
    /// # Errors
    /// [`object_store::Error::NotFound`] when there is none; the store failed.
    pub async fn get(&self, key: &Key, range: Option<GetRange>) -> object_store::Result<Found> {
        let options = GetOptions {
            range,
            ..GetOptions::default()
        };
        let found = self.store.get_opts(&key.path(), options).await?;
        Ok(Found {
            size_bytes: found.meta.size,
            range: found.range.clone(),
            bytes: found.into_stream(),
        })
    }

    /// Copies the recording or original at `key` to a file, whole and verified against its hash or
    /// not at all. The folder of `place` is made.
    ///
    /// # Errors
    /// The store or the disk failed, or the store gave other bytes than their name says.
    pub async fn copy_out(&self, key: &Key, place: &std::path::Path) -> anyhow::Result<()> {
        if let Some(folder) = place.parent() {
            durable::make_folder(folder)?;
        }
        let mut found = self.get(key, None).await?;
        let mut writer = durable::Writer::create(place)?;
        while let Some(piece) = found.bytes.try_next().await? {
            writer.write_all(&piece)?;
        }
        match key {
            Key::Recording(hash) | Key::Original(hash) | Key::Document(hash) => {
                writer.commit_as(hash)?
            }
            Key::Upload { .. } => writer.commit()?,
        };
        Ok(())
    }

    /// The length of the object at `key`, if there is one.
    ///
    /// # Errors
    /// The store failed.
    pub async fn size_bytes(&self, key: &Key) -> object_store::Result<Option<u64>> {
        match self.store.head(&key.path()).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Removes the object at `key`; one that is not there is no error.
    ///
    /// # Errors
    /// The store failed.
    pub async fn delete(&self, key: &Key) -> object_store::Result<()> {
        match self.store.delete(&key.path()).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Every recording, original and document that the store holds, with its length.
    pub fn list_kept(&self) -> BoxStream<'static, object_store::Result<(String, u64)>> {
        let named = |meta: object_store::ObjectMeta| (meta.location.to_string(), meta.size);
        let recordings = self.store.list(Some(&Path::from("recordings")));
        let originals = self.store.list(Some(&Path::from("originals")));
        let documents = self.store.list(Some(&Path::from("documents")));
        let kept = recordings.chain(originals).chain(documents);
        kept.map_ok(named).boxed()
    }

    /// Whether the store takes and gives back a small object, for `doctor` and `/readyz`.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn probe(&self, stamp: &str) -> object_store::Result<()> {
        let path = Path::from(format!("probe/{stamp}"));
        self.store.put(&path, stamp.to_owned().into()).await?;
        let back = self.store.get(&path).await?.bytes().await?;
        self.store.delete(&path).await?;
        if back == stamp.as_bytes() {
            Ok(())
        } else {
            Err(object_store::Error::Generic {
                store: "objects",
                source: "it gave back other bytes than it took".into(),
            })
        }
    }
}
