//! What can be known before the first run: what the Spotify app may do, and whether the account has room.

mod account;
mod app;
mod permissions;

pub use self::{
    account::{Check, account},
    app::{App, Forecast, MOST_REQUESTS, app},
    permissions::permissions,
};
