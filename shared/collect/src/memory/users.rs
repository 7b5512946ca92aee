//! Users in memory.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use jiff::civil::Date;

use super::lock;
use crate::ports::{PortError, Users};
use crate::recommend::{Profile, Recommended, Username};

/// Users in memory.
#[derive(Debug, Default)]
pub struct MemoryUsers {
    profiles: Mutex<BTreeMap<Username, Profile>>,
    lists: Mutex<BTreeMap<(Username, Date), Recommended>>,
    nights: Mutex<BTreeMap<Date, Username>>,
}

impl MemoryUsers {
    /// All lists, by user and date.
    pub fn all_lists(&self) -> Vec<Recommended> {
        lock(&self.lists).values().cloned().collect()
    }

    /// Forgets how far the lists of each date are made.
    pub fn forget_nights(&self) {
        lock(&self.nights).clear();
    }
}

impl Users for MemoryUsers {
    async fn profile(&self, user: &Username) -> Result<Option<Profile>, PortError> {
        Ok(lock(&self.profiles).get(user).cloned())
    }

    async fn keep_profile(&self, user: &Username, profile: &Profile, _: Timestamp) -> Result<(), PortError> {
        lock(&self.profiles).insert(user.clone(), profile.clone());
        Ok(())
    }

    async fn profiles(
        &self,
        after: Option<&Username>,
        limit: usize,
    ) -> Result<Vec<(Username, Profile)>, PortError> {
        let profiles = lock(&self.profiles);
        let further = profiles.iter().filter(|(user, _)| after.is_none_or(|after| *user > after));
        Ok(further.take(limit).map(|(user, profile)| (user.clone(), profile.clone())).collect())
    }

    async fn lists(
        &self,
        user: &Username,
        before: Option<Date>,
        limit: usize,
    ) -> Result<Vec<Recommended>, PortError> {
        let lists = lock(&self.lists);
        let wanted = |(of, date): &(Username, Date)| of == user && before.is_none_or(|before| *date < before);
        let newest = lists.iter().rev().filter(|(key, _)| wanted(key)).take(limit);
        Ok(newest.map(|(_, list)| list.clone()).collect())
    }

    async fn list(&self, user: &Username, date: Date) -> Result<Option<Recommended>, PortError> {
        Ok(lock(&self.lists).get(&(user.clone(), date)).cloned())
    }

    async fn add_list(&self, list: &Recommended) -> Result<bool, PortError> {
        let mut lists = lock(&self.lists);
        let key = (list.user.clone(), list.date);
        if lists.contains_key(&key) || !lock(&self.profiles).contains_key(&list.user) {
            return Ok(false);
        }
        lists.insert(key, list.clone());
        Ok(true)
    }

    async fn erase_user(&self, user: &Username) -> Result<u64, PortError> {
        let profile = u64::from(lock(&self.profiles).remove(user).is_some());
        let mut lists = lock(&self.lists);
        let before = lists.len();
        lists.retain(|(of, _), _| of != user);
        Ok(profile + u64::try_from(before - lists.len()).unwrap_or(u64::MAX))
    }

    async fn night(&self, date: Date) -> Result<Option<Username>, PortError> {
        Ok(lock(&self.nights).get(&date).cloned())
    }

    async fn note_night(&self, date: Date, up_to: &Username, _: Timestamp) -> Result<(), PortError> {
        lock(&self.nights).insert(date, up_to.clone());
        Ok(())
    }
}
