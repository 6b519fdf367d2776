//! The disk that ingest works on. Nothing in it matters after a power cut.

use std::fs::{self, File};
use std::io::{self, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use axum::body::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt, TryStreamExt};
use programme::ids::ContentHash;
use sha2::{Digest, Sha256};
use tokio::io::AsyncWriteExt;

use super::claim::Claim;
use crate::objects::Key;
use crate::recordings::recording::Original;
use crate::recordings::uploads::Piece;
use crate::state::State;

/// The files of one attempt; gone when it is dropped.
#[derive(Debug)]
pub struct Scratch {
    folder: PathBuf,
    output: PathBuf,
}

impl Scratch {
    /// Files for `claim`, named so that no other attempt has the same.
    pub fn open(state: &State, claim: &Claim) -> Result<Self> {
        let folder = state.config.storage.data_dir.join("scratch");
        recordings::durable::make_folder(&folder).context("make the scratch folder")?;
        Ok(Self {
            output: folder.join(format!("{}.opus", claim.holder)),
            folder,
        })
    }

    /// Where intermediate sound may lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the finished recording comes.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// The finished recording.
    pub fn read_output(&self) -> io::Result<Vec<u8>> {
        fs::read(&self.output)
    }

    /// Puts the pieces together in one file, and finds out what they are.
    pub async fn assemble(&self, state: &State, pieces: &[Piece]) -> Result<(File, Original)> {
        let promised: u64 = pieces.iter().map(|piece| piece.size_bytes).sum();
        let (file, original) = self.fill(bytes_of(state, pieces)).await?;
        let size_bytes = original.size_bytes;
        ensure!(
            size_bytes == promised,
            "the store holds {size_bytes} of {promised} bytes"
        );
        Ok((file, original))
    }

    /// What is kept under `hash`, in a file.
    pub async fn fetch(&self, state: &State, hash: ContentHash) -> Result<(File, Original)> {
        let found = state.objects.get(&Key::Original(hash), None).await;
        let found = found.context("read the original")?;
        let (file, original) = self.fill(found.bytes).await?;
        ensure!(original.hash == hash, "the store holds something else");
        Ok((file, original))
    }

    async fn fill(
        &self,
        mut bytes: BoxStream<'_, object_store::Result<Bytes>>,
    ) -> Result<(File, Original)> {
        let file = recordings::durable::nameless(&self.folder).context("make a scratch file")?;
        let mut file = tokio::fs::File::from_std(file);
        let (mut hasher, mut size_bytes) = (Sha256::new(), 0);
        while let Some(bytes) = bytes.try_next().await.context("read the source")? {
            hasher.update(&bytes);
            size_bytes += bytes.len() as u64;
            file.write_all(&bytes)
                .await
                .context("write the scratch file")?;
        }
        file.flush().await.context("write the scratch file")?;
        let mut file = file.into_std().await;
        file.rewind().context("read the scratch file")?;
        let hash = ContentHash::from_bytes(hasher.finalize().into());
        Ok((file, Original { hash, size_bytes }))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = recordings::durable::remove(&self.output) {
            tracing::warn!(error = %error, "a scratch file was left behind");
        }
    }
}

/// What the pieces hold, one after the other.
pub fn bytes_of<'s>(
    state: &'s State,
    pieces: &'s [Piece],
) -> BoxStream<'s, object_store::Result<Bytes>> {
    let open = async |key: &'s Key| state.objects.get(key, None).await.map(|found| found.bytes);
    stream::iter(pieces)
        .then(move |piece| open(&piece.key))
        .try_flatten()
        .boxed()
}
