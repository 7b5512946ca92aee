//! Whole runs with the real function binaries on MiniStack and LocalStack, and what must not change their
//! result.
//!
//! Each test has its own stack, which takes two processors about ten seconds, so a test checks several things
//! where the result stays clear.

mod account;
mod api;
mod athena;
mod bad_input;
mod by_hand;
mod chaos;
mod common;
mod costs;
mod dbt;
mod dead_letters;
mod deployment;
mod development;
mod disturbed;
mod forget;
mod guard;
mod interrupted;
mod limits;
mod localstack;
mod once;
mod operating;
mod output;
mod outside;
mod packages;
mod permissions;
mod preflight;
mod protection;
mod query;
mod readme;
mod recommend;
mod resume;
mod secrecy;
mod snapshots;
mod stack;
mod tracks;
mod typed;
mod upgrade;
mod workflows;
