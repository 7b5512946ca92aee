//! Measures the collector in virtual time: its pace, and its plan of a whole catalogue.

fn main() {}
