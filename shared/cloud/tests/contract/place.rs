//! What a suite needs of an implementation of the ports: the ports themselves, and a look behind them.

use collect::catalogue::ArtistId;
use collect::plan::{ArtistRow, EdgeRow};
use collect::ports::{
    ArtistIndex, ArtistRows, Artists, Control, DeadLetters, Delivery, EdgeErasure, Edges, Erasure, Frontier,
    Records, Revival, Series, TermErasure, TrackErasure, TrackRows, Tracks, Users, Window,
};

/// An implementation of the ports, with empty tables and queues.
pub(crate) trait Place: Sized {
    type Artists: Artists + ArtistRows + ArtistIndex + EdgeErasure + Edges + Erasure;
    type Control: Control + Records + Series;
    type Frontier: Frontier + Revival + TermErasure;
    type Window: Window;
    type DeadLetters: DeadLetters;
    type Tracks: TrackErasure + TrackRows + Tracks;
    type Users: Users;

    async fn start() -> Self;

    fn artists(&self) -> &Self::Artists;
    fn control(&self) -> &Self::Control;
    fn frontier(&self) -> &Self::Frontier;
    fn window(&self) -> &Self::Window;
    fn dead_letters(&self) -> &Self::DeadLetters;
    fn tracks(&self) -> &Self::Tracks;
    fn users(&self) -> &Self::Users;

    /// The row of an artist as it stands in the table.
    async fn row(&self, id: &ArtistId) -> Option<ArtistRow>;

    /// All edges, by their keys.
    async fn edges(&self) -> Vec<EdgeRow>;

    /// Receives up to ten messages of the window.
    async fn receive(&self) -> Vec<Delivery>;

    /// Waits until received messages that nobody has deferred are visible again.
    async fn until_visible(&self);
}

/// Makes two tests of each function of a suite: on the ports in memory, and on those of AWS on an emulator.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&<crate::memory::Memory as crate::place::Place>::start().await).await;
            })+
        }

        mod emulator {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&<crate::emulator::Emulator as crate::place::Place>::start().await).await;
            })+
        }
    };
}
