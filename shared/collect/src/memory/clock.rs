//! Virtual time.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use super::lock;
use crate::ports::Clock;

/// A clock that moves when somebody waits, and never by itself.
#[derive(Debug)]
pub struct VirtualClock(Mutex<Timestamp>);

impl VirtualClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Lets time pass.
    pub fn advance(&self, duration: Duration) {
        *lock(&self.0) += duration;
    }
}

impl Default for VirtualClock {
    fn default() -> Self {
        Self::at(Timestamp::UNIX_EPOCH)
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Timestamp {
        *lock(&self.0)
    }

    async fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }
}
