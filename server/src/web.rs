//! What all pages and all answers share: the shell around a page, languages, errors, safety.

pub mod language;
pub mod length;
pub mod dates;
pub mod plain;
pub mod csv;
pub mod paging;
pub mod cookies;
pub mod errors;
pub mod forms;
pub mod csrf;
pub mod throttle;
pub mod byte_range;
pub mod assets;
pub mod shell;
pub mod overtaken;
pub mod security;
pub mod frame;
pub mod opened;
