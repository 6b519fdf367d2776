//! Sound in, sound out, sound at rest.
//!
//! Blocking code: a server calls it from a thread that may block, a player before anything airs.

pub mod durable;
