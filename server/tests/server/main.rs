//! The server by itself: its real router, over HTTP, on a SQLite file, with a clock that tests set.

mod support;

mod sign_in;
mod forms;
mod rights;
mod tokens;
mod pages;
mod languages;
mod configuration;
mod command_line;
mod audit;
