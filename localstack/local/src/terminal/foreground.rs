//! Who takes what is typed into the terminal. Ctrl-C reaches this command and all programs that it runs;
//! while one of them has the terminal, it is meant for that program alone.

use std::sync::atomic::{AtomicBool, Ordering};

static IS_GIVEN: AtomicBool = AtomicBool::new(false);

/// The terminal, given to another program until this is dropped.
#[derive(Debug)]
pub struct Foreground(());

impl Foreground {
    /// Gives the terminal to a program that is about to start. There is one at a time.
    #[must_use]
    pub fn give() -> Self {
        IS_GIVEN.store(true, Ordering::Relaxed);
        Self(())
    }
}

impl Drop for Foreground {
    fn drop(&mut self) {
        IS_GIVEN.store(false, Ordering::Relaxed);
    }
}

/// Whether another program has the terminal.
pub fn is_given() -> bool {
    IS_GIVEN.load(Ordering::Relaxed)
}
