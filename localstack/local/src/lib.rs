//! The command `fermata`: runs Fermata on a laptop, and is the operator's tool for a deployed one. In the
//! clone it is `cargo local`. The local stack is also a library for the end-to-end tests.
//!
//! [`stack::Stack`] is the centre. It starts, in this order:
//!
//! 1. [`python`]: a virtual environment below `target/` with the pinned emulator and cargo-lambda;
//! 2. [`functions`]: the functions, built by cargo-lambda;
//! 3. [`emulator`]: MiniStack or LocalStack on a free port, LocalStack in Docker, or a running emulator;
//! 4. [`spotify`]: the stand-in Web API, one at a given address, or the real service;
//! 5. [`deploy`]: the secret and `infra/template.yaml`, through CloudFormation as on AWS.
//!
//! [`collect`] drives one run to its end and [`report`] describes the result. A [`place::Place`] is a
//! deployed Fermata, local or on AWS: [`observe`] reads its state, [`status`] and [`dashboard`] show it, and
//! [`operator`] handles dead letters. [`snapshots`] fetches exports, and [`query`] runs SQL over them.
//! [`release`] builds the functions for AWS, [`previous`] those before their last change. Each file in
//! [`commands`] is one subcommand, and [`terminal`] is the output to a person. [`chaos`] disturbs a
//! run in every way and [`compare`]s what it collected with an undisturbed one.

pub mod account;
#[cfg(test)]
mod answering;
pub mod aws;
mod building;
/// Writes a line to standard error, with control characters escaped.
macro_rules! note {
    ($($text:tt)*) => { $crate::terminal::note(&format!($($text)*)) };
}

pub mod chaos;
pub mod check;
pub mod cli;
pub mod collect;
pub mod commands;
pub mod compare;
pub mod cost;
pub mod dashboard;
pub mod deploy;
pub mod found;
pub mod functions;
pub mod logs;
pub mod observe;
pub mod operator;
pub mod place;
pub mod preflight;
pub mod previous;
pub mod progress;
pub mod query;
pub mod release;
pub mod report;
pub mod snapshots;
pub mod spotify;
pub mod stack;
pub mod state;
pub mod status;
pub mod supply;
pub mod template;
pub mod terminal;

// The emulators are a separate crate, because `cloud` also tests its ports with them.
pub use ::emulator;
pub use emulator::{http, process, python, workspace};
