//! What a run leaves behind for those who ask SQL.

use std::{collections::BTreeMap, fs, path::Path};

use ::collect::snapshot::ledger::Finished;
use anyhow::{Context, Result, bail, ensure};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use local::{
    collect,
    deploy::Parameters,
    python::{Environment, Requirements},
    query::Engine,
    snapshots,
    snapshots::fetch::Bucket,
    spotify::Choice,
    stack::{Options, Stack},
    workspace::Workspace,
};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::athena::parses;
use crate::common::{start_with, steady};

/// The statements of infra/queries by file name.
fn queries() -> Result<BTreeMap<String, String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/queries");
    let mut queries = BTreeMap::new();
    for file in fs::read_dir(folder)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            queries.insert(name, fs::read_to_string(path)?);
        }
    }
    Ok(queries)
}

#[tokio::test(flavor = "multi_thread")]
async fn sql_over_the_snapshot_of_a_run_tells_what_the_table_holds() {
    // Sources that see who appears with whom.
    let sources = ("Sources".to_owned(), "search,categories,playlists,related".to_owned());
    let spotify = steady(300);
    let rate = Some(spotify.rate);
    let parameters = Parameters::from([sources]);
    let options = Options { spotify: Choice::Fake(spotify), rate, parameters, ..Options::default() };
    let mut stack = start_with(options).await.unwrap();
    let workspace = Workspace::find().await.unwrap();
    let closed = collect::to_the_end(&mut stack).await.unwrap();
    snapshots::Exporter::of(stack.clients(), stack.deployment()).unwrap().tick().await.unwrap();
    let exporter = snapshots::Exporter::of(stack.clients(), stack.deployment()).unwrap();
    exporter.wait(|last| last.run == closed.run.id, std::time::Duration::from_mins(2)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let bucket = Bucket::of(stack.clients(), stack.deployment()).unwrap();
    let first = bucket.fetch(folder.path(), None, |_, _| ()).await.unwrap();
    let again = bucket.fetch(folder.path(), None, |_, _| ()).await.unwrap();
    assert_eq!(
        (first.files, again.files, again.bytes),
        (first.files, first.files, 0),
        "nothing is fetched twice"
    );
    let table = stack.observer().artist_rows().await.unwrap();
    assert_a_second_week(&stack, &workspace).await.unwrap();
    stack.stop().await.unwrap();

    let engine = Engine::prepare(&workspace, folder.path().to_owned()).await.unwrap();
    let statement = "SELECT id, name, popularity, followers, genres, found_by FROM artists ORDER BY id";
    let rows = engine.rows(statement, &[]).await.unwrap();
    assert_eq!(rows.len(), table.len());
    for (row, stored) in rows.iter().zip(table.values()) {
        for (column, value) in row.as_object().unwrap() {
            assert_eq!(value, stored.get(column).unwrap_or(&Value::Null), "{column} of {stored}");
        }
    }
    assert_foreign_readers_see(&rows, folder.path(), &workspace).await.unwrap();
    let kinds =
        "SELECT kind, count(*) AS edges, count(DISTINCT edge) AS distinct FROM edges GROUP BY 1 ORDER BY 1";
    let kinds = engine.rows(kinds, &[]).await.unwrap();
    assert_eq!(kinds.iter().map(|row| &row["kind"]).collect::<Vec<_>>(), ["playlist", "related"]);
    assert!(kinds.iter().all(|row| row["edges"] == row["distinct"]), "{kinds:?}");
    let types = "SELECT typeof(genres) AS genres, typeof(first_seen) AS seen, typeof(followers) AS followers \
                 FROM artists LIMIT 1";
    let expected = json!({"genres": "VARCHAR[]", "seen": "TIMESTAMP WITH TIME ZONE", "followers": "BIGINT"});
    assert_eq!(engine.rows(types, &[]).await.unwrap(), [expected]);

    let ids = folder.path().join("ids.csv");
    let id = rows[0]["id"].as_str().unwrap();
    fs::write(&ids, format!("spotify_id,mbid,wikidata\n{id},an-mbid,Q1\n")).unwrap();
    let queries = queries().unwrap();
    assert!(queries.len() >= 8);
    for (name, statement) in &queries {
        let answer = engine.rows(statement, &[("ids".to_owned(), ids.clone())]).await;
        let answer = answer.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        // Nobody has grown and nobody has a second version after one run, which asked for no tracks.
        let nobody = ["fastest_growing.sql", "audio_profile.sql"].contains(&name.as_str());
        assert_eq!(answer.is_empty(), nobody, "{name}");
    }
    let wrong = engine.rows("SELECT nothing FROM artists", &[]).await.unwrap_err();
    assert!(wrong.to_string().contains("nothing"), "{wrong}");
}

/// Changes one artist, removes one and adds one, and compares the next snapshot's changes and the history
/// with that.
async fn assert_a_second_week(stack: &Stack, workspace: &Workspace) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bucket = Bucket::of(stack.clients(), stack.deployment())?;
    bucket.fetch(folder.path(), None, |_, _| ()).await?;
    let table = stack.observer().artist_rows().await?;
    let engine = Engine::prepare(workspace, folder.path().to_owned()).await?;
    let rows = engine.rows(FEWEST_EDGES, &[]).await?;
    let ids: Vec<&str> = rows.iter().filter_map(|row| row["id"].as_str()).collect();
    let [gone, changed] = ids[..] else { bail!("too few artists have followers") };
    let new = "7".repeat(22);
    change(stack, changed, gone, &new).await?;
    let exporter = snapshots::Exporter::of(stack.clients(), stack.deployment())?;
    let event = json!({"job": "export", "snapshot": "second-week"});
    stack.invoke(stack.deployment().exporter.as_deref().context("no exporter")?, &event).await?;
    let ended = |last: &Finished| last.snapshot.as_str() == "second-week";
    exporter.wait(ended, std::time::Duration::from_mins(2)).await?;
    bucket.fetch(folder.path(), None, |_, _| ()).await?;

    let engine = Engine::prepare(workspace, folder.path().to_owned()).await?;
    let differences =
        engine.rows("SELECT id, change, changed_columns FROM artists_changes ORDER BY change", &[]).await?;
    let expected = [
        json!({"id": changed, "change": "changed", "changed_columns": ["followers"]}),
        json!({"id": gone, "change": "gone", "changed_columns": null}),
        json!({"id": new, "change": "new", "changed_columns": null}),
    ];
    ensure!(differences == expected, "{differences:?}");
    let history = engine.rows(&queries()?["artist_history.sql"], &[]).await?;
    let versions = |id: &str| -> Vec<(u64, bool)> {
        let rows = history.iter().filter(|row| row["id"] == id);
        rows.map(|row| (row["followers"].as_u64().unwrap_or(0), row["is_current"] == true)).collect()
    };
    let followers = |id: &str| table[id]["followers"].as_u64().unwrap_or(0);
    ensure!(versions(changed) == [(followers(changed), false), (GROWN, true)], "{:?}", versions(changed));
    ensure!(versions(gone) == [(followers(gone), false)], "{:?}", versions(gone));
    ensure!(versions(&new) == [(GROWN, true)], "{:?}", versions(&new));
    ensure!(history.len() == table.len() + 2, "{} versions of {} artists", history.len(), table.len());
    let growing = engine.rows(&queries()?["fastest_growing.sql"], &[]).await?;
    ensure!(growing.len() == 1 && growing[0]["id"] == *changed, "{growing:?}");
    Ok(())
}

/// The two artists with followers who have the fewest edges. Edges of an artist without a row go into
/// quarantine, and a table with more than 1 % of its rows there is refused.
const FEWEST_EDGES: &str = "SELECT artists.id FROM artists LEFT JOIN edges ON edges.artist = artists.id \
                            WHERE artists.followers IS NOT NULL \
                            GROUP BY artists.id ORDER BY count(edges.edge), artists.id LIMIT 2";

/// Followers after the second week.
const GROWN: u64 = 123_456_789;

/// Lets one artist grow, another vanish, and a new one appear that is like the first.
async fn change(stack: &Stack, changed: &str, gone: &str, new: &str) -> Result<()> {
    let (client, table) = (&stack.clients().dynamodb, &stack.deployment().artists);
    let id = |id: &str| AttributeValue::S(id.to_owned());
    let grow =
        client.update_item().table_name(table).key("id", id(changed)).return_values(ReturnValue::AllNew);
    let grow = grow.update_expression("SET followers = :followers");
    let grow = grow.expression_attribute_values(":followers", AttributeValue::N(GROWN.to_string()));
    let mut item = grow.send().await?.attributes.context("no such artist")?;
    item.insert("id".to_owned(), id(new));
    client.put_item().table_name(table).set_item(Some(item)).send().await?;
    client.delete_item().table_name(table).key("id", id(gone)).send().await?;
    Ok(())
}

/// Reads the files with what analysts use besides `DuckDB`.
async fn assert_foreign_readers_see(rows: &[Value], folder: &Path, workspace: &Workspace) -> Result<()> {
    let list = |row: &Value| row["genres"].as_array().map_or(0, Vec::len);
    let mut names: Vec<_> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
    names.sort_unstable();
    let expected = json!({
        "followers": rows.iter().filter_map(|row| row["followers"].as_u64()).sum::<u64>(),
        "genres": rows.iter().map(list).sum::<usize>(),
        "no_genres": rows.iter().filter(|row| row["genres"].is_null()).count(),
        "names": names,
        "utc": true,
    });
    let latest: Value = serde_json::from_slice(&fs::read(folder.join("latest.json"))?)?;
    let artists = folder.join(latest["tables"]["artists"].as_str().context("no artists")?);
    let files = fs::read_dir(artists)?.map(|file| file.map(|file| file.path()));
    let files = files.collect::<Result<Vec<_>, _>>()?;
    let environment = Environment::ensure(workspace, Requirements::Test).await?;
    let mut readers = Command::new(environment.python());
    let output = readers.args(["-c", include_str!("readers.py")]).args(files).output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let seen: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout)?;
    assert_eq!(seen.keys().map(String::as_str).collect::<Vec<_>>(), ["pandas", "polars", "pyarrow"]);
    for (reader, seen) in seen {
        assert_eq!(seen, expected, "{reader}");
    }
    Ok(())
}

#[tokio::test]
async fn athena_understands_every_query() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/queries");
    let files: Vec<_> = queries().unwrap().into_keys().map(|name| folder.join(name)).collect();
    parses(&Workspace::find().await.unwrap(), &files).await.unwrap();
}
