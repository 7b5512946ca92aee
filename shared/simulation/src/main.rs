//! Plays whole runs in a deterministic world where everything fails, and checks the promises.

fn main() {}
