//! The world: what the collector's functions share, and what goes wrong in it.
//!
//! [`state`] holds what they share: [`timeline`] is time, [`queue`] the window, [`service`] what Spotify
//! knows, [`ledger`] what was seen. What these do stands beside them: [`delivery`] for the queue, [`spotify`]
//! and [`answers`] for the Web API. An [`Execution`] is how one execution of a function sees the world: it
//! implements every port of the collector ([`tables`], [`terms`], [`requests`]). Each operation takes time
//! before and after it takes effect, and each of these waits is a point at which others go on, and at which
//! the execution can end.

mod answers;
mod asked;
mod delivery;
mod execution;
mod expiry;
mod held_back;
mod index;
mod ledger;
mod queue;
mod requests;
mod service;
mod spotify;
mod state;
mod tables;
mod terms;
mod timeline;
mod vain;

pub(crate) use self::answers::{CATEGORIES, PLAYLISTS};
pub(crate) use self::execution::{Environment, Execution, Role};
pub(crate) use self::expiry::Ends;
pub(crate) use self::state::World;
pub(crate) use self::timeline::{Happening, TaskId};
