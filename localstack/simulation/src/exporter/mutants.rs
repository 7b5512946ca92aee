//! Small wrong changes, each of which the simulation has to find.

/// A wrong change. It sits in the world and does there what the wrong change in the exporter or its ports
/// would have done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutant {
    /// The ledger is replaced whatever its version is.
    LedgerWithoutCondition,
    /// Sorted runs are named by their segment and not by their content, and replace each other.
    RunsNamedByNumber,
    /// A segment ends with its first piece.
    CursorForgotten,
    /// A segment of the tracks ends with its first piece.
    TrackCursorForgotten,
    /// Expired rows are exported.
    ExpiredKept,
    /// An upload is visible before it is finished.
    UploadSeenEarly,
    /// A part depends on who writes it.
    PartDependsOnWriter,
    /// A part is replaced by what another writer has made of it.
    PartReplaced,
    /// `latest.json` is replaced whatever its version is.
    LatestWithoutCondition,
    /// The catalogue points at whatever was written last.
    CatalogueWithoutCondition,
    /// A message that was lost is not sent again.
    LostNotSentAgain,
    /// The manifest is said to be written and is not.
    ManifestNotWritten,
    /// Rows that are there no more are not among the changes.
    GoneForgotten,
    /// Bad rows are left out and not counted.
    BadNotCounted,
    /// Bad rows are exported.
    BadKept,
    /// The first row of a range is taken for the last one of the range before.
    RangesOverlap,
    /// Only the first part of a table is derived from.
    DerivedSegmentForgotten,
    /// Rows that several parts lead to stay in a derived table.
    RepeatsKept,
}

impl Mutant {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::LedgerWithoutCondition,
        Self::RunsNamedByNumber,
        Self::CursorForgotten,
        Self::TrackCursorForgotten,
        Self::ExpiredKept,
        Self::UploadSeenEarly,
        Self::PartDependsOnWriter,
        Self::PartReplaced,
        Self::LatestWithoutCondition,
        Self::CatalogueWithoutCondition,
        Self::LostNotSentAgain,
        Self::ManifestNotWritten,
        Self::GoneForgotten,
        Self::BadNotCounted,
        Self::BadKept,
        Self::RangesOverlap,
        Self::DerivedSegmentForgotten,
        Self::RepeatsKept,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::LedgerWithoutCondition => "ledger-without-condition",
            Self::RunsNamedByNumber => "runs-named-by-number",
            Self::CursorForgotten => "cursor-forgotten",
            Self::TrackCursorForgotten => "track-cursor-forgotten",
            Self::ExpiredKept => "expired-kept",
            Self::UploadSeenEarly => "upload-seen-early",
            Self::PartDependsOnWriter => "part-depends-on-writer",
            Self::PartReplaced => "part-replaced",
            Self::LatestWithoutCondition => "latest-without-condition",
            Self::CatalogueWithoutCondition => "catalogue-without-condition",
            Self::LostNotSentAgain => "lost-not-sent-again",
            Self::ManifestNotWritten => "manifest-not-written",
            Self::GoneForgotten => "gone-forgotten",
            Self::BadNotCounted => "bad-not-counted",
            Self::BadKept => "bad-kept",
            Self::RangesOverlap => "ranges-overlap",
            Self::DerivedSegmentForgotten => "derived-segment-forgotten",
            Self::RepeatsKept => "repeats-kept",
        }
    }
}
