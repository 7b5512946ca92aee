//! The promises, and what breaks them.

use std::fmt;

/// What must hold in every world. The numbers are those of the promises in the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Promise {
    /// 1: the artist table in the end is that of the undisturbed run.
    NothingLost,
    /// 1: a closed run has no term left that is not finished, unless it was stopped and says so.
    NoTermLeft,
    /// 1: nothing of an open run expires, and what a closed one leaves expires as much later as was asked
    /// for.
    RightEnd,
    /// 1: what one run has not covered otherwise the next one asks: what failed or was not asked, and what
    /// was answered.
    LeavesAskedAgain,
    /// 1: a run ends.
    RunEnds,
    /// 1: no term is worked for ever: whoever sends it or asks for it again comes on with it.
    ProgressMade,
    /// 1: whoever can be asked for and is missing would be shown by a question that the run leaves open.
    NobodyHidden,
    /// 1: a run is called by its true name: complete or partial as its terms are, with a report that counts
    /// them.
    TrueName,
    /// 1: a term is written only by whoever dispatched it last.
    OneHolder,
    /// 1: the end of a lease is needed only where something was lost on the way.
    NothingStrays,
    /// 2: a deferral never counts as an attempt.
    DeferralIsNoAttempt,
    /// 2: no healthy term fails or is among the dead letters.
    NoHealthyTermFails,
    /// 3: no request leaves during a hold that its execution could know of, and holds last as long as was
    /// asked for.
    HoldsKept,
    /// 3: no 30 seconds hold more requests than the pace allows.
    PaceKept,
    /// 3: refusals that come together count once.
    RefusalsCountOnce,
    /// 4: what is finished stays as it is, and what is delivered again afterwards changes nothing.
    Idempotent,
    /// 4: a question that was answered is not asked again.
    AskedOnce,
    /// 5: a bad message is set aside with a reason, once it is met, and blocks nothing; so is a question that
    /// is given up.
    BadInputSetAside,
    /// 5: nothing panics.
    NoPanic,
    /// 5: nothing is begun that cannot end in time.
    DeadlineKept,
    /// 7: when nothing is answered any more, the run stops and says why.
    StopsTruthfully,
    /// 8: a field that an answer did not carry erases nothing.
    MissingIsNotZero,
}

impl Promise {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::NothingLost => "nothing-lost",
            Self::NoTermLeft => "no-term-left",
            Self::RightEnd => "right-end",
            Self::LeavesAskedAgain => "leaves-asked-again",
            Self::RunEnds => "run-ends",
            Self::ProgressMade => "progress-made",
            Self::NobodyHidden => "nobody-hidden",
            Self::TrueName => "true-name",
            Self::OneHolder => "one-holder",
            Self::NothingStrays => "nothing-strays",
            Self::DeferralIsNoAttempt => "deferral-is-no-attempt",
            Self::NoHealthyTermFails => "no-healthy-term-fails",
            Self::HoldsKept => "holds-kept",
            Self::PaceKept => "pace-kept",
            Self::RefusalsCountOnce => "refusals-count-once",
            Self::Idempotent => "idempotent",
            Self::AskedOnce => "asked-once",
            Self::BadInputSetAside => "bad-input-set-aside",
            Self::NoPanic => "no-panic",
            Self::DeadlineKept => "deadline-kept",
            Self::StopsTruthfully => "stops-truthfully",
            Self::MissingIsNotZero => "missing-is-not-zero",
        }
    }
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub promise: Promise,
    /// What was seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.promise.name(), self.seen)
    }
}
