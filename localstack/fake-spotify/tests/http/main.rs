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
mod browsers;
#[cfg(test)]
mod client;
#[cfg(test)]
mod common;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod playlists;
#[cfg(test)]
mod recommendations;
#[cfg(test)]
mod search;
#[cfg(test)]
mod tracks;
#[cfg(test)]
mod trouble;
