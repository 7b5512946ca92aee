//! The stand-in as its callers meet it, over HTTP.

mod api;
mod common;
mod spotipy;
mod trouble;
