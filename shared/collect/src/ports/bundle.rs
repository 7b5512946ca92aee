//! The ports together.

use super::artists::Artists;
use super::clock::Clock;
use super::control::Control;
use super::edges::Edges;
use super::frontier::Frontier;
use super::spotify::Spotify;
use super::tracks::Tracks;
use super::window::Window;

/// The ports that opening, dispatching and closing need.
pub trait Scheduling: Sync {
    /// See [`Clock`].
    type Clock: Clock + Sync;
    /// See [`Control`].
    type Control: Control + Sync;
    /// See [`Frontier`].
    type Frontier: Frontier + Sync;
    /// See [`Window`].
    type Window: Window + Sync;

    /// The clock.
    fn clock(&self) -> &Self::Clock;
    /// The control table.
    fn control(&self) -> &Self::Control;
    /// The terms.
    fn frontier(&self) -> &Self::Frontier;
    /// The queue.
    fn window(&self) -> &Self::Window;
}

/// The ports that working terms needs beside those.
pub trait Fetching: Scheduling {
    /// See [`Artists`] and [`Edges`].
    type Artists: Artists + Edges + Sync;
    /// See [`Spotify`].
    type Spotify: Spotify + Sync;
    /// See [`Tracks`].
    type Tracks: Tracks + Sync;

    /// The artist rows and their edges.
    fn artists(&self) -> &Self::Artists;
    /// The Web API.
    fn spotify(&self) -> &Self::Spotify;
    /// The tracks of genres.
    fn tracks(&self) -> &Self::Tracks;
}

/// A bundle of ports, whatever each of them is. Without artist rows and a Spotify it is enough for
/// [`Scheduling`].
#[derive(Clone, Debug, Default)]
pub struct Ports<C, T, F, W, A = (), S = (), R = ()> {
    /// Time.
    pub clock: C,
    /// Run, pace and capabilities.
    pub control: T,
    /// The terms.
    pub frontier: F,
    /// The queue.
    pub window: W,
    /// The artist rows.
    pub artists: A,
    /// The Web API.
    pub spotify: S,
    /// The tracks of genres.
    pub tracks: R,
}

impl<C, T, F, W, A, S, R> Scheduling for Ports<C, T, F, W, A, S, R>
where
    C: Clock + Sync,
    T: Control + Sync,
    F: Frontier + Sync,
    W: Window + Sync,
    A: Sync,
    S: Sync,
    R: Sync,
{
    type Clock = C;
    type Control = T;
    type Frontier = F;
    type Window = W;

    fn clock(&self) -> &C {
        &self.clock
    }

    fn control(&self) -> &T {
        &self.control
    }

    fn frontier(&self) -> &F {
        &self.frontier
    }

    fn window(&self) -> &W {
        &self.window
    }
}

impl<C, T, F, W, A, S, R> Fetching for Ports<C, T, F, W, A, S, R>
where
    C: Clock + Sync,
    T: Control + Sync,
    F: Frontier + Sync,
    W: Window + Sync,
    A: Artists + Edges + Sync,
    S: Spotify + Sync,
    R: Tracks + Sync,
{
    type Artists = A;
    type Spotify = S;
    type Tracks = R;

    fn artists(&self) -> &A {
        &self.artists
    }

    fn spotify(&self) -> &S {
        &self.spotify
    }

    fn tracks(&self) -> &R {
        &self.tracks
    }
}
