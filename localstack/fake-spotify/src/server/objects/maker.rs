//! What makes the objects of one answer, and what they have in common.

use serde_json::{Value, json};

use crate::config::AppClass;
use crate::world::World;

/// Makes objects for one answer.
#[derive(Clone, Copy, Debug)]
pub(in crate::server) struct Objects<'a> {
    pub(super) world: &'a World,
    pub(super) base: &'a str,
    class: AppClass,
}

impl<'a> Objects<'a> {
    /// `base` is the address of this server, for links.
    pub(in crate::server) fn new(world: &'a World, base: &'a str, class: AppClass) -> Self {
        Self { world, base, class }
    }

    /// What development-mode apps do not get since 2026: popularity, markets, labels.
    pub(super) fn is_full(&self) -> bool {
        self.class != AppClass::Development
    }

    /// What every object has: links, identity and name.
    pub(super) fn object(&self, kind: &str, id: &str, name: &str) -> Value {
        json!({
            "external_urls": {"spotify": format!("https://open.spotify.com/{kind}/{id}")},
            "href": format!("{}/v1/{kind}s/{id}", self.base),
            "id": id,
            "name": name,
            "type": kind,
            "uri": format!("spotify:{kind}:{id}"),
        })
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
            "href": format!("{}/v1/browse/categories/{id}", self.base),
            "icons": [{"height": 274, "url": format!("https://t.scdn.co/images/{id}.jpeg"), "width": 274}],
            "id": id,
            "name": self.world.category_name(category),
        })
    }
}

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
