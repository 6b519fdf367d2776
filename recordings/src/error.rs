//! What can go wrong with a recording: four things that a person can act on, and a wish to stop.

use std::fmt;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Why a recording did not come through.
///
/// The panel has a sentence and an advice for each kind; the fields are for it to fill in. The
/// `Display` of each is a plain English sentence without the source, which a log prints itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are meant as sound that we read, and are not whole. Advice: send it again.
    #[error("the file cannot be read as sound: {0}")]
    Unreadable(Damage),
    /// The file is something that we do not read. Advice: how to send it in another way.
    #[error("the file is {0}, which cannot be used as a recording")]
    Unsupported(What),
    /// The file asks for more, or gives less, than a recording may. Advice: the limit.
    #[error("the recording is outside a limit: {0}")]
    OverLimit(Limit),
    /// Our own disk failed. Advice: try later, and tell whoever runs the server.
    #[error("the recording could not be stored")]
    Storage(#[source] io::Error),
    /// Whoever asked for the work wished it to stop.
    #[error("the work on the recording was stopped")]
    Cancelled,
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Storage(error)
    }
}

/// In which way a file that should be sound is not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "damage", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Damage {
    /// The file has no bytes.
    Empty,
    /// Nothing in the file looks like sound, nor like anything else that we know.
    NotSound,
    /// The end is missing: the upload or the copy broke off.
    Truncated {
        /// Milliseconds of sound that are there.
        present_ms: u64,
        /// Milliseconds of sound that the file promises, if it says.
        promised_ms: Option<u64>,
    },
    /// The inside contradicts itself.
    Damaged {
        /// What the decoder said, in English, for the log and for experts.
        detail: String,
    },
    /// It decodes to silence from end to end.
    Silent,
    /// The bytes are not those that the hash names.
    Altered,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("it is empty"),
            Self::NotSound => f.write_str("no sound was found in it"),
            Self::Truncated {
                present_ms,
                promised_ms: Some(promised_ms),
            } => {
                write!(
                    f,
                    "it is cut off ({present_ms} ms of {promised_ms} ms are there)"
                )
            }
            Self::Truncated {
                present_ms,
                promised_ms: None,
            } => {
                write!(f, "it is cut off (after {present_ms} ms)")
            }
            Self::Damaged { detail } => write!(f, "it is damaged ({detail})"),
            Self::Silent => f.write_str("there is only silence in it"),
            Self::Altered => f.write_str("its content was altered"),
        }
    }
}

/// What a file is that is not a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// AMR speech in a 3GP file (3GPP TS 26.244): old phones; the same phone can send `.amr`.
    AmrIn3gp,
    /// Wideband AMR (3GPP TS 26.171).
    AmrWideband,
    /// Several voices side by side in one AMR file (RFC 4867 §5.2).
    AmrMultichannel,
    /// Windows Media Audio or another ASF file.
    Wma,
    /// Notes for an instrument, not sound.
    Midi,
    /// A video in which nobody recorded sound.
    VideoWithoutSound,
    /// A video file of a kind that we do not open, with or without sound.
    Video,
    /// A photo or another picture.
    Picture,
    /// A PDF document.
    Pdf,
    /// A ZIP archive; also what office programs save.
    Zip,
    /// Another archive (RAR, 7z, gzip).
    Archive,
    /// Written text, or a page of the web.
    Text,
    /// A program.
    Program,
    /// A file that is locked to one buyer (DRM).
    Locked,
    /// Sound in a coding that we do not decode.
    Coding {
        /// What the file or the decoder calls it.
        name: String,
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AmrIn3gp => "a 3GP file with AMR speech",
            Self::AmrWideband => "wideband AMR speech",
            Self::AmrMultichannel => "multichannel AMR speech",
            Self::Wma => "Windows Media Audio",
            Self::Midi => "a MIDI file",
            Self::VideoWithoutSound => "a video without sound",
            Self::Video => "a video",
            Self::Picture => "a picture",
            Self::Pdf => "a PDF document",
            Self::Zip => "a ZIP archive",
            Self::Archive => "an archive",
            Self::Text => "text",
            Self::Program => "a program",
            Self::Locked => "locked to its buyer",
            Self::Coding { name } => return write!(f, "sound in an unknown coding ({name})"),
        })
    }
}

/// A limit that a recording is outside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "limit", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// The file has too many bytes.
    Size {
        /// What a file may have.
        max_bytes: u64,
        /// What this one has.
        got_bytes: u64,
    },
    /// The sound lasts too long.
    Longest {
        /// What a recording may last.
        max_ms: u64,
        /// What this one lasts at least: decoding stops at the limit.
        got_ms: u64,
    },
    /// There is too little sound.
    Shortest {
        /// What a recording must last.
        min_ms: u64,
        /// What this one lasts, silence at both ends taken off.
        got_ms: u64,
    },
    /// The work on it takes too long. Whoever asked for the work measures the time.
    Slow {
        /// What the work may take.
        max_ms: u64,
    },
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size {
                max_bytes,
                got_bytes,
            } => {
                write!(f, "{got_bytes} bytes, where {max_bytes} are allowed")
            }
            Self::Longest { max_ms, got_ms } => {
                write!(
                    f,
                    "at least {got_ms} ms long, where {max_ms} ms are allowed"
                )
            }
            Self::Shortest { min_ms, got_ms } => {
                write!(f, "{got_ms} ms of sound, where {min_ms} ms are needed")
            }
            Self::Slow { max_ms } => write!(f, "more than {max_ms} ms of work"),
        }
    }
}

/// Whole milliseconds of `duration`, for the numbers of an error or a report.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn damaged(detail: impl fmt::Display) -> Error {
    Error::Unreadable(Damage::Damaged {
        detail: detail.to_string(),
    })
}
