//! The command `fermata`: Fermata on a laptop, and the operator's tool for a deployed one. From the clone it is `cargo local`.
//! The local stack is also a library for the end-to-end tests.
//!
//! [`stack::Stack`] is the centre. It brings up, in this order:
//!
//! 1. [`python`]: a virtual environment below `target/` with the pinned emulator and cargo-lambda;
//! 2. [`functions`]: the functions, built by cargo-lambda;
//! 3. [`emulator`]: MiniStack or LocalStack on a free port, LocalStack in Docker, or whatever listens on a given address;
//! 4. [`spotify`]: the stand-in Web API, another one by its address, or the real service;
//! 5. [`deploy`]: the secret and `infra/template.yaml`, by CloudFormation, as it would be on AWS.
//!
//! [`collect`] drives one run to its end and [`report`] says what came of it. A [`place::Place`] is a deployed Fermata, here or
//! on AWS: [`observe`] asks it how far it is, [`status`] shows that, [`operator`] looks after what was given up. Each file in
//! [`commands`] is one subcommand, and [`terminal`] is what a person sees of all this. [`chaos`] disturbs a run in every way and
//! [`compare`]s what it has collected with an undisturbed one.

pub mod account;
pub mod aws;
mod building;
/// Writes a line to standard error, safe to show.
macro_rules! note {
    ($($text:tt)*) => { $crate::terminal::note(&format!($($text)*)) };
}

pub mod chaos;
pub mod check;
pub mod cli;
pub mod collect;
pub mod commands;
pub mod compare;
pub mod deploy;
pub mod found;
pub mod functions;
pub mod logs;
pub mod observe;
pub mod operator;
pub mod place;
pub mod progress;
pub mod report;
pub mod sentence;
pub mod spotify;
pub mod stack;
pub mod state;
pub mod status;
pub mod supply;
pub mod template;
pub mod terminal;

// The emulators are a crate of their own, which `cloud` tests its ports with too.
pub use ::emulator;
pub use emulator::{http, process, python, workspace};
