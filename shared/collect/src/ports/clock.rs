//! The port to time.

use std::time::Duration;

use jiff::Timestamp;

/// Time, so that the same code runs on the system clock and in a simulation.
#[trait_variant::make(Send)]
pub trait Clock {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits. Only for what is due within about two seconds; longer waits are given to the queue.
    async fn sleep(&self, duration: Duration);
}
