//! The form by which a part is cut out of a recording, as it was typed.

use recordings::ingest::{Ingested, Part};
use serde::Deserialize;

use crate::web::errors::{Error, Result};

/// A part, in seconds as people type them.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    pub(super) from: String,
    pub(super) until: String,
}

impl Typed {
    /// The part that was typed; a comma is as good as a point.
    pub(super) fn part(&self) -> Result<Part> {
        let millis = |text: &str| {
            let seconds: Option<f64> = text.trim().replace(',', ".").parse().ok();
            // Out of range is at the end of the range.
            seconds.map(|seconds| (seconds * 1_000.0).round() as u64)
        };
        let part = millis(&self.from).zip(millis(&self.until));
        let (from_ms, until_ms) = part.ok_or_else(|| Error::invalid("error-recording-cut"))?;
        Ok(Part { from_ms, until_ms })
    }
}

/// What the fields show: what was typed, or else the whole.
pub(super) fn shown(typed: Option<&Typed>, report: &Ingested) -> (String, String) {
    match typed {
        Some(typed) => (typed.from.clone(), typed.until.clone()),
        None => ("0".to_owned(), seconds(report)),
    }
}

/// How long it sounds, in seconds as a field for numbers has them.
pub(super) fn seconds(report: &Ingested) -> String {
    let tenths = report.duration_ms.div_ceil(100);
    format!("{}.{}", tenths / 10, tenths % 10)
}
