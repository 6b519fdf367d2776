//! Listen again: a public page per village with what aired there lately, and a poster that leads to
//! it. Whoever answers for the commune opens it; nobody signs in to read it.
//!
//! Its address is made by chance and not of the village's name: names repeat and lose their signs
//! in an address, and what is guessed cannot be listed by strangers. It stays when the page is
//! closed and opened again, because posters hang on walls.

pub mod door;
pub mod heard;
pub mod looks;
pub mod pace;
mod sound;
mod poster;
pub mod pages;
pub mod api;

pub use api::api;
pub use pages::routes;
