#![no_main]
//! See `fuzz::targets`.

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzz::keys(data));
