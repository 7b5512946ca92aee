//! Messages that nobody here has sent: what a queue may bring that anybody may write to.

/// Bodies of every kind of badness, and what comes close to a message.
pub(crate) const BODIES: [&str; 12] = [
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
