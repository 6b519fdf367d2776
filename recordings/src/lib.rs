//! Sound in, sound out, sound at rest.
//!
//! What a phone recorded goes in by [`ingest`]; an Ogg Opus file comes out, named by the hash of
//! its content and as loud as every other. A station keeps such files in a [`store`] and makes each
//! [ready](wav::ready) as WAV when it arrives, so that nothing can fail to decode at air time.
//!
//! The crate does not play sound, knows no bulletin and no person, reads no clock and makes no
//! request. It blocks: a server calls it from a thread that may, a player before anything airs.
//!
//! Modules stand in the order in which sound flows through them. A new format is a line in
//! `decode::container` and a test of it in `tests/sound/formats.rs`; what is refused by name is a
//! line in `decode::sniff`; a new remark about a recording is a variant of
//! [`quality::Finding`], for which the panel then needs words.

pub mod pcm;
pub mod decode;
pub mod clean;
pub mod loudness;
pub mod encode;
pub mod wav;
pub mod streamed;
pub mod recognise;
pub mod quality;
pub mod ingest;
pub mod store;
pub mod durable;
pub mod chime;
pub mod foretaste;
pub mod words;
pub mod error;

pub use error::Error;
