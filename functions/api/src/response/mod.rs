//! The API's answers, as JSON. Times are RFC 3339 in UTC; unknown values are `null`.

mod artist;
mod capabilities;
mod dead_letters;
mod latest;
mod run;
mod series;
mod snapshot;
mod status;
mod user;

pub use artist::{Artist, Artists, Genre, Genres};
pub use capabilities::{
    Capabilities, EndpointCapability, EndpointState, OperatorCapability, SearchCapability, SearchLimits,
};
pub use dead_letters::{DeadLetter, DeadLetters, WouldDo};
pub use latest::{Latest, LatestTerm};
pub use run::{Coverage, Limits, Root, Run, RunReport, RunState, RunSummary, Runs, SourceFigures};
pub use series::{Point, Series};
pub use snapshot::{Snapshot, SnapshotFile, SnapshotTable, Snapshots};
pub use status::{
    BucketPace, Expected, Frontier, FrontierSource, Hold, Level, Pace, Progress, Status, Trouble, Window,
};
pub use user::{Recommendation, RecommendationList, RecommendationLists, User, UserArtist, Wishes};
