//! Fermata on a laptop: the `cargo local` command, and the same stack as a library for the end-to-end tests.
//!
//! [`stack::Stack`] is the centre. It brings up, in this order:
//!
//! 1. [`python`]: a virtual environment below `target/` with the pinned emulator and cargo-lambda;
//! 2. [`functions`]: the functions, built by cargo-lambda;
//! 3. [`emulator`]: MiniStack or LocalStack on a free port, LocalStack in Docker, or whatever listens on a given address;
//! 4. [`spotify`]: the stand-in Web API, another one by its address, or the real service;
//! 5. [`deploy`]: the secret and `infra/template.yaml`, by CloudFormation, as it would be on AWS.
//!
//! [`observe`] asks the deployed stack how far it is, [`collect`] drives one run to its end, and each file in
//! [`commands`] is one subcommand. [`operator`] looks after what was given up, here or on AWS;
//! [`chaos`] disturbs a run in every way and [`compare`]s what it has collected with an undisturbed one.

pub mod aws;
/// Tells on standard error how the work goes. Whoever no longer listens is no reason not to go on.
macro_rules! note {
    ($($told:tt)*) => {{
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), $($told)*);
    }};
}

pub mod chaos;
pub mod cli;
pub mod collect;
pub mod commands;
pub mod compare;
pub mod deploy;
pub mod functions;
pub mod logs;
pub mod observe;
pub mod operator;
pub mod progress;
pub mod report;
pub mod spotify;
pub mod stack;
pub mod state;
pub mod supply;
pub mod template;

// The emulators are a crate of their own, which `cloud` tests its ports with too.
pub use ::emulator;
pub use emulator::{http, process, python, workspace};
