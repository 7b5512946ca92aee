//! Messages that nobody here has sent: what a queue may bring that anybody may write to.

/// Bodies of every kind of badness, and what comes close to a message.
const BODIES: [&str; 12] = [
    "",
    "null",
    "[]",
    "{",
    "{\"run\":1}",
    "\u{0}\u{ffff}",
    "{\"run\":\"2026-11-21\",\"key\":\"search:zzzzz\",\"generation\":1}",
    "{\"run\":\"2026-11-21\",\"key\":\"search:The DJ\",\"generation\":1}",
    "{\"run\":\"2026-11-21\",\"key\":\"playlist:x\",\"generation\":1}",
    "{\"run\":\"2026-11-21\",\"key\":\"search:a\",\"generation\":-1}",
    "{\"run\":\"a#b\",\"key\":\"search:a\",\"generation\":1}",
    "{\"run\":\"2026-11-21\",\"key\":\"search:a\",\"generation\":1",
];

/// The body of a stray.
pub(crate) fn body(number: usize) -> String {
    BODIES.get(number % BODIES.len()).copied().unwrap_or_default().to_owned()
}
