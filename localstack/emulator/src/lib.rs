//! The AWS of a local stack: the emulators, and what it takes to install, start and stop them.
//!
//! An [`Emulator`] is one that runs: MiniStack or genuine LocalStack as a process on a free port
//! ([`Server`]), LocalStack by Docker, or whatever listens at an address. Its [`Access`] points an SDK client
//! at it.
//!
//! The processes are Python programs from a [`python::Environment`], a virtual environment below the target
//! folder of the clone ([`workspace::Workspace`]). The package in `python/` starts them, and makes LocalStack
//! do without Docker. It also guards them: an emulator that is started here serves no web page, and nobody
//! who does not know its secret.
//!
//! [`process`] and [`http`] are the small tools for all this: other programs, and requests to servers on this
//! machine.

mod access;
mod compose;
pub mod http;
mod localstack;
mod ministack;
pub mod process;
pub mod python;
mod running;
mod server;
pub mod workspace;

pub use self::{
    access::{Access, REGION},
    compose::Container,
    running::{Backend, Emulator, Lifetime, Target, bridge, stop_docker},
    server::Server,
};
