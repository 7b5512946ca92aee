//! Small wrong changes, each of which breaks a promise on purpose: the simulation is only worth its time if
//! it finds them.
//!
//! Production code has no switches for them. They sit in the world, between the collector and what it stores,
//! and do there what the wrong change would have done: a write that comes too early, a condition that is
//! forgotten, an answer that is made up. Each place that asks [`crate::world::World::is`] for a mutant stands
//! beside the right way.

/// A wrong change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// The artists of a term are written after the term is finished or put off.
    ArtistsAfterFinish,
    /// Follow-up terms are put after their parent is finished.
    FollowUpsAfterFinish,
    /// One of the follow-up terms is forgotten.
    FollowUpForgotten,
    /// A message is deleted when it is received.
    DeleteBeforeFinish,
    /// A message that an outcome wants kept is deleted.
    KeptMessageDeleted,
    /// Every deferral counts as an attempt.
    DeferralIsAttempt,
    /// A term is sent whatever its state is.
    SendWithoutCondition,
    /// A term is finished whatever its state is.
    FinishWithoutCondition,
    /// A term is given back whoever has dispatched it since.
    GiveBackWithoutClaim,
    /// Progress is not kept.
    ProgressForgotten,
    /// What a term has tried out is not kept.
    TrialsForgotten,
    /// The lease of a term that waits is not renewed.
    LeaseNotRenewed,
    /// A string is left out where the seeding goes on.
    StringSkipped,
    /// The tick dispatches terms whose bucket is on hold.
    HoldUnseenByDispatch,
    /// A refusal begins no new epoch.
    EpochForgotten,
    /// A refusal sets no hold for others.
    HoldForgotten,
    /// Permits are leased during a hold.
    LeaseDuringHold,
    /// Leased permits are given to the next one too.
    LeaseGivenTwice,
    /// Retry-After is ignored.
    RetryAfterIgnored,
    /// A 429 is taken for passing trouble.
    RefusalTakenForTrouble,
    /// After a 429 the refused term waits as long as was asked for, and no other does.
    RefusalWaitedOutAlone,
    /// A hidden message is visible at once.
    VisibilityIgnored,
    /// A claim whose message was not accepted is taken for sent.
    UnacceptedTakenForSent,
    /// A run is closed at the first look, and the terms that are left are not counted.
    CloseWithoutSecondLook,
    /// Open terms are reported as done.
    OpenReportedDone,
    /// A saturated term that its parts do not cover is called split.
    OpenTakenForSplit,
    /// A saturated term that nothing narrower is asked for is called done.
    OpenCalledDone,
    /// A saturated genre is called split as if the search for everything were used.
    SaturatedGenreClosed,
    /// A hold that was over a moment ago is taken for one that goes on.
    HoldOutlived,
    /// A run may be opened while another is open.
    OpenedTwice,
    /// That nothing more may be asked is not noted.
    StopForgotten,
    /// A message that cannot be read stays in the queue.
    BadMessageKept,
    /// A message that cannot be read disappears.
    BadMessageDropped,
    /// A message is done with though its dead letter was not accepted.
    RefusedLetterForgotten,
    /// An answer without a field erases what is known.
    MissingErases,
    /// An artist whom Spotify does not know any more is left to be completed.
    WithdrawalForgotten,
    /// An artist of whom something has changed is counted as seen for the first time.
    ChangeTakenForReturn,
    /// Terms get their end when they are put.
    EndWhenPut,
    /// The terms of a closed run get no end.
    EndForgotten,
    /// The end of terms is written in milliseconds, and read in seconds.
    EndInMilliseconds,
    /// Rows of artists are kept for half as long as was asked for.
    RowsKeptHalf,
    /// Each tick counts from the first term on, beside what is counted already.
    CountWithoutCursor,
    /// A run is closed when the first page of its terms is counted.
    CloseAfterFirstPage,
    /// What failed in one run is not asked in the next.
    FailedLeafForgotten,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 44] = [
        Self::ArtistsAfterFinish,
        Self::FollowUpsAfterFinish,
        Self::FollowUpForgotten,
        Self::DeleteBeforeFinish,
        Self::KeptMessageDeleted,
        Self::DeferralIsAttempt,
        Self::SendWithoutCondition,
        Self::FinishWithoutCondition,
        Self::GiveBackWithoutClaim,
        Self::ProgressForgotten,
        Self::TrialsForgotten,
        Self::LeaseNotRenewed,
        Self::StringSkipped,
        Self::HoldUnseenByDispatch,
        Self::EpochForgotten,
        Self::HoldForgotten,
        Self::LeaseDuringHold,
        Self::LeaseGivenTwice,
        Self::RetryAfterIgnored,
        Self::RefusalTakenForTrouble,
        Self::RefusalWaitedOutAlone,
        Self::VisibilityIgnored,
        Self::UnacceptedTakenForSent,
        Self::CloseWithoutSecondLook,
        Self::OpenReportedDone,
        Self::OpenTakenForSplit,
        Self::OpenCalledDone,
        Self::SaturatedGenreClosed,
        Self::HoldOutlived,
        Self::OpenedTwice,
        Self::StopForgotten,
        Self::BadMessageKept,
        Self::BadMessageDropped,
        Self::RefusedLetterForgotten,
        Self::MissingErases,
        Self::WithdrawalForgotten,
        Self::ChangeTakenForReturn,
        Self::EndWhenPut,
        Self::EndForgotten,
        Self::EndInMilliseconds,
        Self::RowsKeptHalf,
        Self::CountWithoutCursor,
        Self::CloseAfterFirstPage,
        Self::FailedLeafForgotten,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::ArtistsAfterFinish => "artists-after-finish",
            Self::FollowUpsAfterFinish => "follow-ups-after-finish",
            Self::FollowUpForgotten => "follow-up-forgotten",
            Self::DeleteBeforeFinish => "delete-before-finish",
            Self::KeptMessageDeleted => "kept-message-deleted",
            Self::DeferralIsAttempt => "deferral-is-attempt",
            Self::SendWithoutCondition => "send-without-condition",
            Self::FinishWithoutCondition => "finish-without-condition",
            Self::GiveBackWithoutClaim => "give-back-without-claim",
            Self::ProgressForgotten => "progress-forgotten",
            Self::TrialsForgotten => "trials-forgotten",
            Self::LeaseNotRenewed => "lease-not-renewed",
            Self::StringSkipped => "string-skipped",
            Self::HoldUnseenByDispatch => "hold-unseen-by-dispatch",
            Self::EpochForgotten => "epoch-forgotten",
            Self::HoldForgotten => "hold-forgotten",
            Self::LeaseDuringHold => "lease-during-hold",
            Self::LeaseGivenTwice => "lease-given-twice",
            Self::RetryAfterIgnored => "retry-after-ignored",
            Self::RefusalTakenForTrouble => "refusal-taken-for-trouble",
            Self::RefusalWaitedOutAlone => "refusal-waited-out-alone",
            Self::VisibilityIgnored => "visibility-ignored",
            Self::UnacceptedTakenForSent => "unaccepted-taken-for-sent",
            Self::CloseWithoutSecondLook => "close-without-second-look",
            Self::OpenReportedDone => "open-reported-done",
            Self::OpenTakenForSplit => "open-taken-for-split",
            Self::OpenCalledDone => "open-called-done",
            Self::SaturatedGenreClosed => "saturated-genre-closed",
            Self::HoldOutlived => "hold-outlived",
            Self::OpenedTwice => "opened-twice",
            Self::StopForgotten => "stop-forgotten",
            Self::BadMessageKept => "bad-message-kept",
            Self::BadMessageDropped => "bad-message-dropped",
            Self::RefusedLetterForgotten => "refused-letter-forgotten",
            Self::MissingErases => "missing-erases",
            Self::WithdrawalForgotten => "withdrawal-forgotten",
            Self::ChangeTakenForReturn => "change-taken-for-return",
            Self::EndWhenPut => "end-when-put",
            Self::EndForgotten => "end-forgotten",
            Self::EndInMilliseconds => "end-in-milliseconds",
            Self::RowsKeptHalf => "rows-kept-half",
            Self::CountWithoutCursor => "count-without-cursor",
            Self::CloseAfterFirstPage => "close-after-first-page",
            Self::FailedLeafForgotten => "failed-leaf-forgotten",
        }
    }
}
