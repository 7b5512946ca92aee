//! What every kind of question has.

use crate::catalogue::{ArtistId, Genre};
use crate::term::search::InvalidTerm;
use crate::web_api::Bucket;

/// What a question is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To find artists, or what leads to them.
    Find,
    /// To complete artists of whom only id and name are known.
    Complete,
    /// To see known artists once more.
    Refresh,
    /// To measure how much of the catalogue the run has seen.
    Measure,
}

/// What a question of one kind asks about.
pub(in crate::term) trait Subject: Sized {
    /// The kind's name: what stands before the colon in a key.
    const NAME: &'static str;

    /// The bucket whose limit the question is asked under; that of the first request, where several are
    /// needed.
    const BUCKET: Bucket;

    /// What it is asked for.
    const PURPOSE: Purpose;

    /// What its terms keep of the work on them; `()` where every beginning is a new one.
    type Progress: Default;

    /// The question of this kind about an artist; nothing if the kind is not about one. Erasing an artist
    /// erases the terms of these questions.
    const ABOUT: Option<fn(ArtistId) -> Self>;

    /// What stands after the colon in a key; nothing for a question without a subject.
    fn written(&self) -> Option<String>;

    /// Reads what stands after the colon.
    fn read(written: Option<&str>) -> Result<Self, InvalidSubject>;
}

/// A kind without a subject: there is one question of it.
pub(in crate::term) trait Alone: Default {
    /// See [`Subject::NAME`].
    const NAME: &'static str;

    /// See [`Subject::BUCKET`].
    const BUCKET: Bucket;

    /// See [`Subject::PURPOSE`].
    const PURPOSE: Purpose;

    /// See [`Subject::Progress`].
    type Progress: Default;
}

impl<K: Alone> Subject for K {
    const NAME: &'static str = <K as Alone>::NAME;
    const BUCKET: Bucket = <K as Alone>::BUCKET;
    const PURPOSE: Purpose = <K as Alone>::PURPOSE;
    const ABOUT: Option<fn(ArtistId) -> Self> = None;
    type Progress = <K as Alone>::Progress;

    fn written(&self) -> Option<String> {
        None
    }

    fn read(written: Option<&str>) -> Result<Self, InvalidSubject> {
        if written.is_none() { Ok(Self::default()) } else { Err(InvalidSubject::Presence) }
    }
}

/// Why something is no subject of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::term) enum InvalidSubject {
    /// There is one where the kind has none, or none where it needs one.
    Presence,
    /// It is no search.
    Search(InvalidTerm),
    /// It is something else than the kind asks about.
    Other(String),
}

impl InvalidSubject {
    #[expect(clippy::needless_pass_by_value, reason = "`map_err` hands its error over")]
    pub(super) fn other(why: impl ToString) -> Self {
        Self::Other(why.to_string())
    }
}

/// The subject of a kind that needs one.
pub(super) fn needed(written: Option<&str>) -> Result<&str, InvalidSubject> {
    written.ok_or(InvalidSubject::Presence)
}

/// The code of a genre and what stands after its colon.
pub(super) fn of_genre(written: Option<&str>) -> Result<(Genre, &str), InvalidSubject> {
    let written = needed(written)?;
    let (code, rest) = written.split_once(':').ok_or_else(|| InvalidSubject::other("it names no genre"))?;
    Ok((code.parse().map_err(InvalidSubject::other)?, rest))
}
