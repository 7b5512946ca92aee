//! The port to the users: what they like, and what was recommended to them.

use jiff::Timestamp;
use jiff::civil::Date;

use super::error::PortError;
use crate::recommend::{Profile, Recommended, Username};

/// Profiles, and the lists made of them. Both expire.
#[trait_variant::make(Send)]
pub trait Users {
    /// The profile of a user.
    async fn profile(&self, user: &Username) -> Result<Option<Profile>, PortError>;

    /// Keeps a profile in place of the one before; `now` decides when it expires.
    async fn keep_profile(&self, user: &Username, profile: &Profile, now: Timestamp)
    -> Result<(), PortError>;

    /// Up to `limit` profiles after that of `after`, in the order of their names.
    async fn profiles(
        &self,
        after: Option<&Username>,
        limit: usize,
    ) -> Result<Vec<(Username, Profile)>, PortError>;

    /// Up to `limit` lists of a user, newest first, of dates before `before` if it is given.
    async fn lists(
        &self,
        user: &Username,
        before: Option<Date>,
        limit: usize,
    ) -> Result<Vec<Recommended>, PortError>;

    /// The list of a user and a date.
    async fn list(&self, user: &Username, date: Date) -> Result<Option<Recommended>, PortError>;

    /// Adds a list, unless its user has one for that date or is gone. Returns whether it was added.
    async fn add_list(&self, list: &Recommended) -> Result<bool, PortError>;

    /// Deletes a user's profile and lists; how many items there were.
    async fn erase_user(&self, user: &Username) -> Result<u64, PortError>;

    /// The user up to whom the lists of a date are made; none before the first.
    async fn night(&self, date: Date) -> Result<Option<Username>, PortError>;

    /// Notes up to whom they are.
    async fn note_night(&self, date: Date, up_to: &Username, now: Timestamp) -> Result<(), PortError>;
}
