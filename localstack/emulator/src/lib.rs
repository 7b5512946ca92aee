//! The AWS of a local stack: the emulators, and what it takes to install, start and stop them.
//!
//! An [`Emulator`] is one that runs: [`MiniStack`] on a free port, LocalStack by Docker, or whatever listens at an address.
//! It takes a [`workspace::Workspace`], the clone that everything local is kept in, and a [`python::Environment`], the
//! virtual environment that MiniStack is installed in. [`aws::config`] points an SDK client at it.
//!
//! [`process`] and [`http`] are the small tools for all this: other programs, and requests to servers on this machine.

/// Says on standard error what is being done. A reader that has gone away is no reason to stop.
macro_rules! note {
    ($($text:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

pub mod aws;
mod compose;
pub mod http;
mod ministack;
pub mod process;
pub mod python;
mod running;
pub mod workspace;

pub use self::{
    ministack::MiniStack,
    running::{Backend, Emulator, Lifetime, Target, bridge, stop_localstack},
};
