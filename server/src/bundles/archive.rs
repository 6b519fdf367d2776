//! Bundles as one file, for whoever carries them and sits at a browser: unpacked on a stick it is
//! what [`super::export`] writes, and a village PC takes it as it is.
//!
//! It is streamed: however many recordings it holds, a few blocks of them are in memory.

use std::io;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::{TryStreamExt, stream};
use programme::bundle::archive::Writer;
use programme::bundle::{INDEX, recording_file};
use tokio::sync::mpsc;

use super::make::{self, Made};
use crate::objects::Key;
use crate::state::State;
use crate::web::errors::{Error, Result};

/// Pieces that wait for a slow reader.
const WAITING: usize = 4;

/// A little below what the format holds, in bytes; what stands around the files is small.
const MOST_BYTES: u64 = 4_000_000_000;

/// What it is; registered with IANA.
const ZIP: &str = "application/zip";

/// Answers with the bundles as a file.
///
/// # Errors
/// 422 when it would be larger than such files can be.
pub fn send(state: &State, made: Vec<Made>) -> Result<Response> {
    let sizes = make::recordings(&made).into_iter();
    if sizes.map(|one| one.size_bytes).sum::<u64>() > MOST_BYTES {
        return Err(Error::invalid("error-bundle-too-large"));
    }
    let index = make::index(state, made.iter().map(Made::indexed).collect())?;
    let day = state.now().timestamp().strftime("%Y-%m-%d").to_string();
    let (sender, receiver) = mpsc::channel(WAITING);
    let state = state.clone();
    tokio::spawn(async move {
        let mut outward = Outward {
            to: sender,
            archive: Writer::default(),
        };
        if let Err(error) = outward.write(&state, &made, index).await {
            tracing::warn!("a bundle was not sent to its end: {error:#}");
            // The file must end as a broken one, and not as a short one. Nobody may listen.
            let broken = Err(io::Error::other("the bundle broke off"));
            let _ = outward.to.send(broken).await;
        }
    });
    let pieces = stream::unfold(receiver, async |mut receiver| {
        let piece: io::Result<Bytes> = receiver.recv().await?;
        Some((piece, receiver))
    });
    let headers = [
        (CONTENT_TYPE, ZIP.to_owned()),
        (
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"loaban-usb-{day}.zip\""),
        ),
    ];
    Ok((headers, Body::from_stream(Box::pin(pieces))).into_response())
}

/// Hands pieces to the answer, and waits while it is slow.
struct Outward {
    to: mpsc::Sender<io::Result<Bytes>>,
    archive: Writer,
}

impl Outward {
    /// Recordings first, then the bundles, the index last, as on a stick.
    async fn write(&mut self, state: &State, made: &[Made], index: Vec<u8>) -> anyhow::Result<()> {
        for one in make::recordings(made) {
            let begin = self.archive.begin(&recording_file(&one.hash));
            self.hand_over(begin.into()).await?;
            let mut found = state.objects.get(&Key::Recording(one.hash), None).await?;
            while let Some(piece) = found.bytes.try_next().await? {
                self.archive.add(&piece);
                self.hand_over(piece).await?;
            }
            let end = self.archive.end();
            self.hand_over(end.into()).await?;
        }
        for one in made {
            self.whole(&one.file(), one.text.clone()).await?;
        }
        self.whole(INDEX, index).await?;
        let end = std::mem::take(&mut self.archive).finish()?;
        self.hand_over(end.into()).await
    }

    async fn whole(&mut self, name: &str, text: Vec<u8>) -> anyhow::Result<()> {
        let begin = self.archive.begin(name);
        self.hand_over(begin.into()).await?;
        self.archive.add(&text);
        self.hand_over(text.into()).await?;
        let end = self.archive.end();
        self.hand_over(end.into()).await
    }

    async fn hand_over(&self, piece: Bytes) -> anyhow::Result<()> {
        let handed = self.to.send(Ok(piece)).await;
        handed.map_err(|_| anyhow::anyhow!("nobody reads any more"))
    }
}
