//! The stand-in as its callers meet it, over HTTP.

#[cfg(test)]
mod albums;
#[cfg(test)]
mod api;
#[cfg(test)]
mod artists;
#[cfg(test)]
mod browse;
#[cfg(test)]
mod client;
#[cfg(test)]
mod common;
#[cfg(test)]
mod playlists;
#[cfg(test)]
mod search;
#[cfg(test)]
mod spotipy;
#[cfg(test)]
mod trouble;
