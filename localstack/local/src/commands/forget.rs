//! `fermata forget`: erases an artist, and keeps it from coming back; or a user of the recommendations.

use anyhow::{Context, Result};
use collect::{
    catalogue::ArtistId,
    operator::forget::Forgotten,
    recommend::Username,
    term::{RunId, TermKey},
};
use serde_json::{Value, json};

use crate::{
    cli::ForgetArgs,
    place::Place,
    terminal::{print, print_json, steps::Steps, words::counted},
};

pub(super) async fn execute(args: &ForgetArgs, steps: &Steps) -> Result<()> {
    let operator = Place::find(&args.place).await?.operator();
    if let Some(user) = &args.user {
        let items = operator.forget_user(user).await?;
        return if args.json {
            print_json(&json!({"user": user, "items": items}))
        } else {
            print(&of_user(user, items))
        };
    }
    let id = args.id.as_ref().context("an artist or a user is needed")?;
    let step = steps.begin("Erasing the artist", "20 seconds");
    let forgotten = operator.forget(id).await?;
    drop(step);
    if args.json { print_json(&to_json(id, &forgotten)) } else { print(&to_text(id.as_str(), &forgotten)) }
}

fn of_user(user: &Username, items: u64) -> String {
    format!(
        "User {user} is erased: {}. The table's backups still hold them until they expire: see \"Privacy\" in \
         infra/README.md.",
        counted(items, "item")
    )
}

fn to_json(id: &ArtistId, forgotten: &Forgotten) -> Value {
    let terms = |of: &[(RunId, TermKey)]| {
        of.iter().map(|(run, key)| json!({"run": run, "term": key})).collect::<Vec<_>>()
    };
    json!({
        "artist": id,
        "row": forgotten.row,
        "edges": forgotten.edges,
        "tracks": forgotten.tracks,
        "terms": terms(&forgotten.terms),
        "left": terms(&forgotten.left),
    })
}

fn to_text(id: &str, forgotten: &Forgotten) -> String {
    let row = if forgotten.row { "Its row was deleted" } else { "The table had no row for it" };
    let mut text = format!(
        "Artist {id} is erased. {row}; edges deleted: {}; tracks that no longer credit it: {}; terms about it \
         deleted: {}. No later answer will bring it back.\n\
         Snapshots made before and the tables' backups still hold it until they expire: see \
         \"Privacy\" in infra/README.md.",
        forgotten.edges,
        forgotten.tracks,
        forgotten.terms.len()
    );
    if !forgotten.left.is_empty() {
        let left = counted(u64::try_from(forgotten.left.len()).unwrap_or(u64::MAX), "term");
        text.push_str("\nA fetcher is working on ");
        text.push_str(&left);
        text.push_str("; run the command again in a few minutes.");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_result_says_what_was_erased_and_what_is_left() {
        let term = |key: &str| (RunId::new("2026-11-23").unwrap(), TermKey::parse(key).unwrap());
        let related = "related:0000000000000000000001";
        let nothing = to_text("ID", &Forgotten::default());
        assert!(
            nothing.contains(
                "no row for it; edges deleted: 0; tracks that no longer credit it: 0; terms about it"
            ),
            "{nothing}"
        );
        let some = Forgotten {
            row: true,
            edges: 3,
            tracks: 2,
            terms: vec![term(related)],
            left: vec![term("search:a")],
        };
        let text = to_text("ID", &some);
        assert!(
            text.contains("edges deleted: 3; tracks that no longer credit it: 2; terms about it deleted: 1."),
            "{text}"
        );
        assert!(text.contains("working on 1 term; run the command again"), "{text}");
    }
}
