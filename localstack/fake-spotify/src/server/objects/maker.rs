//! What makes the objects of one answer, and what they have in common.

use serde_json::{Value, json};

use super::paging::{Links, PageAsk, paging};
use crate::config::AppClass;
use crate::world::{User, World};

/// Makes objects for one answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Objects<'a> {
    pub(super) world: &'a World,
    pub(super) links: &'a Links,
    class: AppClass,
    market: Option<&'static str>,
}

impl<'a> Objects<'a> {
    /// `market` is the one that the question names.
    pub(in crate::server) fn new(
        world: &'a World,
        links: &'a Links,
        class: AppClass,
        market: Option<&'static str>,
    ) -> Self {
        Self { world, links, class, market }
    }

    /// Whether fields come that apps in development mode have not got since 2026: popularity, markets,
    /// labels.
    pub(super) fn is_full(&self) -> bool {
        self.class != AppClass::Development
    }

    /// `object`, and `more` unless the app is in development mode.
    pub(super) fn with_full(&self, object: Value, more: Value) -> Value {
        if self.is_full() { with(object, more) } else { object }
    }

    /// What every object has: links, identity and name.
    pub(super) fn object(&self, kind: &str, id: &str, name: &str) -> Value {
        with(self.reference(kind, id), json!({ "name": name }))
    }

    /// An object that only points to another: links and identity.
    pub(super) fn reference(&self, kind: &str, id: &str) -> Value {
        json!({
            "external_urls": {"spotify": format!("https://open.spotify.com/{kind}/{id}")},
            "href": self.href(kind, id),
            "id": id,
            "type": kind,
            "uri": format!("spotify:{kind}:{id}"),
        })
    }

    /// The address of an object.
    pub(in crate::server) fn href(&self, kind: &str, id: &str) -> String {
        format!("{}/v1/{kind}s/{id}", self.links.base)
    }

    /// `object` with where it may be played: in which markets, or whether in the market that the question
    /// names.
    pub(super) fn with_availability(&self, object: Value) -> Value {
        match self.market {
            Some(market) if AVAILABLE.contains(&market) => with(object, json!({ "is_playable": true })),
            Some(_) => with(object, json!({"is_playable": false, "restrictions": {"reason": "market"}})),
            None => self.with_full(object, json!({ "available_markets": AVAILABLE.as_slice() })),
        }
    }

    /// A page of the listing at `path`, which begins with `/v1`: `row` makes the row at each place of the
    /// page.
    pub(in crate::server) fn listing(
        &self,
        path: &str,
        page: PageAsk,
        total: usize,
        row: impl Fn(usize) -> Value,
    ) -> Value {
        let rows: Vec<Value> = page.range(total).map(row).collect();
        json!(paging(self.links, path, page, rows, total))
    }

    /// An artist as albums and tracks name it.
    pub(super) fn artist(&self, rank: u32) -> Value {
        let artist = self.world.catalogue().artist(rank);
        self.object("artist", artist.id(), artist.name())
    }

    /// A category to browse.
    pub(in crate::server) fn category(&self, category: u32) -> Value {
        let id = self.world.category_id(category);
        json!({
            "href": format!("{}/v1/browse/categories/{id}", self.links.base),
            "icons": [{"height": 274, "url": format!("https://t.scdn.co/images/{id}.jpeg"), "width": 274}],
            "id": id,
            "name": self.world.category_name(category),
        })
    }

    /// A user as anybody may see it.
    pub(in crate::server) fn user(&self, user: User) -> Value {
        let images = match user {
            User::Spotify => images("spotify"),
            User::Listener(number) if number % 2 == 0 => Value::Null,
            User::Listener(_) => json!([]),
        };
        let followers = self.world.playlists_of(user).len() * 3;
        with(
            self.named_user(user),
            json!({"followers": {"href": null, "total": followers}, "images": images}),
        )
    }

    /// A user as the owner of a playlist.
    pub(super) fn named_user(&self, user: User) -> Value {
        let id = user.id();
        with(self.reference("user", &id), json!({ "display_name": id }))
    }
}

/// Where everything may be played: some of the markets there are, so that an answer stays short.
pub(super) const AVAILABLE: [&str; 26] = [
    "AR", "AU", "BE", "BR", "CA", "CH", "CL", "CO", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IN", "IT",
    "JP", "MX", "NL", "NO", "NZ", "PL", "PT", "SE", "US",
];

/// A cover in three sizes.
pub(super) fn images(id: &str) -> Value {
    let image = |size: u16| json!({"height": size, "url": format!("https://i.scdn.co/image/{id}{size}"), "width": size});
    json!([image(640), image(300), image(64)])
}

/// `object` with the fields of `more`.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut object, more) {
        fields.extend(more);
    }
    object
}
