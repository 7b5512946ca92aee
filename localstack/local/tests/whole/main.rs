//! Whole runs with the real function binaries on MiniStack and LocalStack, and what must not change their result.
//!
//! Each test has a stack of its own, which takes about ten seconds of two processors, so a test asks more than one
//! question of it where that does not blur the answer.

mod account;
mod api;
mod bad_input;
mod chaos;
mod common;
mod deployment;
mod development;
mod disturbed;
mod letters;
mod localstack;
mod once;
mod operating;
mod output;
mod outside;
mod permissions;
mod protection;
mod secrecy;
mod stack;
