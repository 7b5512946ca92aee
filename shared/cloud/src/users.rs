//! Users in DynamoDB: table `users`, key `shelf` and `place`.
//!
//! | shelf | place | body |
//! |---|---|---|
//! | `profiles` | the user's name | a profile |
//! | `lists#<user>` | a date | the list of that date |
//! | `nights` | a date | the user up to whom the lists of that date are made |

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure as OnFailure,
};
use collect::ports::{PortError, Users};
use collect::recommend::{Profile, Recommended, Username};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::batches::Item;
use crate::error::{corrupt, port_error};
use crate::schema;

const PROFILES: &str = "profiles";
const NIGHTS: &str = "nights";

/// How long it is known up to whom the lists of a date are made.
const NIGHT_STAYS: Duration = Duration::from_hours(48);

/// The condition that there is no such item yet.
const NEW: &str = "attribute_not_exists(shelf)";

/// The users table.
#[derive(Clone, Debug)]
pub struct DynamoUsers {
    client: Client,
    table: String,
    retention: Duration,
}

impl DynamoUsers {
    /// The table of that name. Profiles and lists expire `retention` after they were written.
    pub fn new(client: Client, table: &str, retention: Duration) -> Self {
        Self { client, table: table.to_owned(), retention }
    }

    fn what(&self, operation: &str) -> String {
        format!("DynamoDB {operation} on table {}", self.table)
    }

    async fn read<T: DeserializeOwned>(&self, under: &str, place: &str) -> Result<Option<T>, PortError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key("shelf", text(under)).key("place", text(place)).send().await;
        let item = get.map_err(|error| port_error(self.what("GetItem"), &error))?.item;
        item.filter(is_current).map(|item| self.body(&item)).transpose()
    }

    fn body<T: DeserializeOwned>(&self, item: &Item) -> Result<T, PortError> {
        self.check(item)?;
        let body = item.get("body").and_then(|body| body.as_s().ok()).map_or("", String::as_str);
        serde_json::from_str(body).map_err(|error| corrupt(self.item_name(item), error))
    }

    fn item_name(&self, item: &Item) -> String {
        let [under, place] = ["shelf", "place"].map(|name| key_part(item, name));
        format!("the item {under} {place} of table {}", self.table)
    }

    /// Errs if a later release has written `item`.
    fn check(&self, item: &Item) -> Result<(), PortError> {
        schema::check(item, || self.item_name(item))
    }

    /// Writes an item; where `is_new`, only if there is none. Returns whether it did.
    async fn put(
        &self,
        (under, place): (&str, &str),
        body: &(impl Serialize + Sync),
        end: Timestamp,
        is_new: bool,
    ) -> Result<bool, PortError> {
        let body = serde_json::to_string(body).map_err(|error| corrupt(self.what("PutItem"), error))?;
        let put = self.client.put_item().table_name(&self.table);
        let put = put.item("shelf", text(under)).item("place", text(place)).item("body", text(&body));
        let put = put.item("expires_at", AttributeValue::N(end.as_second().to_string()));
        let put = put.condition_expression(if is_new { NEW } else { schema::UNDERSTOOD });
        let put = put.return_values_on_condition_check_failure(OnFailure::AllOld);
        let Err(error) = put.send().await else { return Ok(true) };
        let Some(PutItemError::ConditionalCheckFailedException(failed)) = error.as_service_error() else {
            return Err(port_error(self.what("PutItem"), &error));
        };
        self.check(&failed.item.clone().unwrap_or_default())?;
        Ok(false)
    }

    /// Up to `limit` profiles after a place, or lists before it, newest first; all if it is nothing.
    async fn query(
        &self,
        under: &str,
        beyond: Option<&str>,
        is_backward: bool,
        limit: usize,
    ) -> Result<Vec<Item>, PortError> {
        let mut items = Vec::new();
        let mut start = None;
        while items.len() < limit {
            // A profile that was put just now must not be passed by. Lists are of other days, or are added on
            // the condition that there is none yet; at half the price, they may come a second late.
            let query = self.client.query().table_name(&self.table).consistent_read(!is_backward);
            let query = query.scan_index_forward(!is_backward).set_exclusive_start_key(start);
            let query = query.limit(i32::try_from(limit).unwrap_or(i32::MAX));
            let query = query.expression_attribute_values(":shelf", text(under));
            let query = match beyond {
                None => query.key_condition_expression("shelf = :shelf"),
                Some(beyond) => query
                    .key_condition_expression(if is_backward {
                        "shelf = :shelf AND place < :place"
                    } else {
                        "shelf = :shelf AND place > :place"
                    })
                    .expression_attribute_values(":place", text(beyond)),
            };
            let answer = query.send().await.map_err(|error| port_error(self.what("Query"), &error))?;
            items.extend(answer.items.unwrap_or_default().into_iter().filter(is_current));
            start = answer.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        items.truncate(limit);
        Ok(items)
    }

    async fn delete(&self, under: &str, place: &str) -> Result<bool, PortError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key("shelf", text(under)).key("place", text(place));
        let delete = delete.condition_expression(schema::UNDERSTOOD).return_values(ReturnValue::AllOld);
        let delete = delete.return_values_on_condition_check_failure(OnFailure::AllOld).send().await;
        if let Err(error) = &delete
            && let Some(DeleteItemError::ConditionalCheckFailedException(failed)) = error.as_service_error()
        {
            self.check(&failed.item.clone().unwrap_or_default())?;
        }
        let old = delete.map_err(|error| port_error(self.what("DeleteItem"), &error))?.attributes;
        Ok(old.is_some_and(|old| !old.is_empty()))
    }
}

impl Users for DynamoUsers {
    async fn profile(&self, user: &Username) -> Result<Option<Profile>, PortError> {
        self.read(PROFILES, user.as_str()).await
    }

    async fn keep_profile(
        &self,
        user: &Username,
        profile: &Profile,
        now: Timestamp,
    ) -> Result<(), PortError> {
        let end = now + self.retention;
        self.put((PROFILES, user.as_str()), profile, end, false).await.map(drop)
    }

    async fn profiles(
        &self,
        after: Option<&Username>,
        limit: usize,
    ) -> Result<Vec<(Username, Profile)>, PortError> {
        let items = self.query(PROFILES, after.map(Username::as_str), false, limit).await?;
        let read = |item: &Item| {
            let user = Username::new(key_part(item, "place"));
            let user = user.map_err(|error| corrupt(format!("a profile in table {}", self.table), error))?;
            Ok((user, self.body(item)?))
        };
        items.iter().map(read).collect()
    }

    async fn lists(
        &self,
        user: &Username,
        before: Option<Date>,
        limit: usize,
    ) -> Result<Vec<Recommended>, PortError> {
        let before = before.map(|before| before.to_string());
        let items = self.query(&lists_of(user), before.as_deref(), true, limit).await?;
        items.iter().map(|item| self.body(item)).collect()
    }

    async fn list(&self, user: &Username, date: Date) -> Result<Option<Recommended>, PortError> {
        self.read(&lists_of(user), &date.to_string()).await
    }

    /// Whoever erases a user deletes the profile first and the lists afterwards. So a list that was written
    /// meanwhile is seen by them, or the profile is seen to be gone here.
    async fn add_list(&self, list: &Recommended) -> Result<bool, PortError> {
        let (under, place) = (lists_of(&list.user), list.date.to_string());
        if !self.put((&under, &place), list, list.made_at + self.retention, true).await? {
            return Ok(false);
        }
        if self.profile(&list.user).await?.is_some() {
            return Ok(true);
        }
        self.delete(&under, &place).await?;
        Ok(false)
    }

    async fn erase_user(&self, user: &Username) -> Result<u64, PortError> {
        let mut erased = u64::from(self.delete(PROFILES, user.as_str()).await?);
        let under = lists_of(user);
        loop {
            // Those that have expired are deleted too, so the filter of `query` does not do.
            let query = self.client.query().table_name(&self.table).consistent_read(true);
            let query = query.key_condition_expression("shelf = :shelf");
            let answer = query.expression_attribute_values(":shelf", text(&under)).send().await;
            let items = answer.map_err(|error| port_error(self.what("Query"), &error))?.items;
            let items = items.unwrap_or_default();
            if items.is_empty() {
                return Ok(erased);
            }
            for item in &items {
                erased += u64::from(self.delete(&under, key_part(item, "place")).await?);
            }
        }
    }

    async fn night(&self, date: Date) -> Result<Option<Username>, PortError> {
        self.read(NIGHTS, &date.to_string()).await
    }

    async fn note_night(&self, date: Date, up_to: &Username, now: Timestamp) -> Result<(), PortError> {
        self.put((NIGHTS, &date.to_string()), up_to, now + NIGHT_STAYS, false).await.map(drop)
    }
}

/// DynamoDB deletes expired items within days only.
fn is_current(item: &Item) -> bool {
    let end = item.get("expires_at").and_then(|end| end.as_n().ok()?.parse::<i64>().ok());
    end.is_some_and(|end| end > Timestamp::now().as_second())
}

fn lists_of(user: &Username) -> String {
    format!("lists#{user}")
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn key_part<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|part| part.as_s().ok()).map_or("", String::as_str)
}
