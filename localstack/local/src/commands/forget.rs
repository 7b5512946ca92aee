//! `fermata forget`: erases an artist, and keeps it from coming back.

use anyhow::Result;
use collect::{
    operator::forget::Forgotten,
    term::{RunId, TermKey},
};
use serde_json::{Value, json};

use crate::{
    cli::ForgetArgs,
    place::Place,
    terminal::{print, print_json, steps::Steps, words::counted},
};

pub(super) async fn execute(args: &ForgetArgs, steps: &Steps) -> Result<()> {
    let step = steps.begin("Erasing the artist", "20 seconds");
    let forgotten = Place::find(&args.place).await?.operator().forget(&args.id).await?;
    drop(step);
    if args.json {
        return print_json(&to_json(args, &forgotten));
    }
    print(&to_text(args.id.as_str(), &forgotten))
}

fn to_json(args: &ForgetArgs, forgotten: &Forgotten) -> Value {
    let terms = |of: &[(RunId, TermKey)]| {
        of.iter().map(|(run, key)| json!({"run": run, "term": key})).collect::<Vec<_>>()
    };
    json!({
        "artist": args.id,
        "row": forgotten.row,
        "terms": terms(&forgotten.terms),
        "left": terms(&forgotten.left),
    })
}

fn to_text(id: &str, forgotten: &Forgotten) -> String {
    let row = if forgotten.row { "Its row was deleted" } else { "The table had no row of it" };
    let mut text = format!(
        "Artist {id} is erased. {row}; terms about it that were deleted: {}. No later answer brings it back.\n\
         Snapshots made before and the tables' backups still hold it until they expire: see \
         \"Privacy\" in infra/README.md.",
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
            nothing.contains("The table had no row of it; terms about it that were deleted: 0."),
            "{nothing}"
        );
        let some = Forgotten { row: true, terms: vec![term(related)], left: vec![term("search:a")] };
        let text = to_text("ID", &some);
        assert!(text.contains("Its row was deleted; terms about it that were deleted: 1."), "{text}");
        assert!(text.contains("working on 1 term; run the command again"), "{text}");
    }
}
