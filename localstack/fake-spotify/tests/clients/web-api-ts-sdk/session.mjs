// Calls everything of Spotify's own SDK for TypeScript, as it is published, that an app may call with a token of its own.
//
// Reads what to ask for as JSON from standard input and prints what it saw as one JSON object. With the argument `limits` it
// finds out instead how a bad token and a reached limit are told.

import { readFileSync } from "node:fs";

import { SpotifyApi } from "@spotify/web-api-ts-sdk";

const about = JSON.parse(readFileSync(0, "utf8"));

// The SDK asks Spotify's own hosts; what is meant for them goes here.
const fetchElsewhere = globalThis.fetch;
let lastStatus = null;
let retryAfter = null;
globalThis.fetch = async (address, options) => {
  const url = String(address).replace(/^https:\/\/(api|accounts)\.spotify\.com/, about.base);
  const answer = await fetchElsewhere(url, options);
  lastStatus = answer.status;
  retryAfter = answer.headers.get("retry-after");
  return answer;
};

const client = (secret) => SpotifyApi.withClientCredentials(about.client_id, secret);
const spotify = client(about.client_secret);

async function refusal(ask) {
  try {
    await ask();
  } catch {
    return lastStatus;
  }
  return "not refused";
}

const ids = (rows) => rows.map((row) => row && row.id);

// All rows of a listing, page after page. `ask` takes limit and offset.
async function walk(limit, ask) {
  const rows = [];
  for (let offset = 0; ; offset += limit) {
    const page = await ask(limit, offset);
    rows.push(...page.items);
    if (page.next === null) {
      return rows;
    }
  }
}

// How many rows of a playlist hold a track, an episode, a file and nothing.
function kinds(rows) {
  const count = (is) => rows.filter((row) => is(row.track)).length;
  return [
    count((item) => item?.track && !item.is_local),
    count((item) => item?.episode),
    count((item) => item?.is_local),
    count((item) => item === null),
  ];
}

async function everything() {
  const { artist, album, track, category, playlist, personal, user, show, episode, stranger } = about;
  const types = ["artist", "album", "track", "playlist", "show", "episode", "audiobook"];
  const several = await spotify.search("ma", types, undefined, 5);
  const features = await spotify.tracks.audioFeatures(track);
  const recommended = await spotify.recommendations.get({
    seed_artists: [artist], seed_genres: ["jazz"], seed_tracks: [track], limit: 20, min_energy: 0.1,
  });
  const whole = await spotify.playlists.getPlaylist(playlist);
  const wholeShow = await spotify.shows.get(show, "SE");
  const items = (id, types) =>
    walk(50, (limit, offset) => spotify.playlists.getPlaylistItems(id, undefined, undefined, limit, offset, types));
  return {
    search: ids(await walk(10, async (limit, offset) =>
      (await spotify.search(about.query, ["artist"], undefined, limit, offset)).artists)),
    several: Object.fromEntries(Object.entries(several).map(([kind, page]) => [kind, page.items.length])),
    artist: (await spotify.artists.get(artist)).name,
    artists: ids(await spotify.artists.get([...about.artists, stranger])),
    artist_albums: ids(await walk(5, (limit, offset) =>
      spotify.artists.albums(artist, undefined, undefined, limit, offset))),
    top_tracks: ids((await spotify.artists.topTracks(artist, "SE")).tracks),
    related: ids((await spotify.artists.relatedArtists(artist)).artists),
    album: [(await spotify.albums.get(album)).name, (await spotify.albums.get(album, "SE")).tracks.total],
    album_tracks: ids(await walk(3, (limit, offset) => spotify.albums.tracks(album, undefined, limit, offset))),
    albums: ids(await spotify.albums.get([album, stranger])),
    track: (await spotify.tracks.get(track, "SE")).name,
    tracks: ids(await spotify.tracks.get([track, stranger])),
    features: [features.danceability.toFixed(3), features.tempo.toFixed(3)],
    features_of_several: ids(await spotify.tracks.audioFeatures(about.tracks)),
    analysis: (await spotify.tracks.audioAnalysis(track)).beats.length > 10,
    recommended: [recommended.seeds.map((seed) => seed.type), recommended.tracks.length],
    genre_seeds: (await spotify.recommendations.genreSeeds()).genres.length,
    markets: (await spotify.markets.getAvailableMarkets()).markets.length,
    categories: (await walk(20, async (limit, offset) =>
      (await spotify.browse.getCategories(undefined, undefined, limit, offset)).categories)).map((found) => found.name),
    category: (await spotify.browse.getCategory(category)).name,
    category_playlists: ids(await walk(5, async (limit, offset) =>
      (await spotify.browse.getPlaylistsForCategory(category, undefined, limit, offset)).playlists)),
    featured: ids(await walk(10, async (limit, offset) =>
      (await spotify.browse.getFeaturedPlaylists(undefined, undefined, undefined, limit, offset)).playlists)),
    new_releases: ids(await walk(20, async (limit, offset) =>
      (await spotify.browse.getNewReleases(undefined, limit, offset)).albums)),
    playlist: [whole.name, whole.tracks.total],
    playlist_rows: kinds(await items(playlist, ["episode"])),
    playlist_rows_as_tracks: kinds(await items(playlist)),
    rows_of_a_user: kinds(await items(personal, ["episode"])),
    cover: (await spotify.playlists.getPlaylistCoverImage(playlist)).length,
    user: (await spotify.users.profile(user)).id,
    user_playlists: ids(await walk(50, (limit, offset) => spotify.playlists.getUsersPlaylists(user, limit, offset))),
    show: [wholeShow.name, wholeShow.total_episodes],
    shows: ids(await spotify.shows.get([show, stranger], "SE")),
    show_episodes: ids(await walk(20, (limit, offset) => spotify.shows.episodes(show, "SE", limit, offset))),
    episode: (await spotify.episodes.get(episode, "SE")).name,
    episodes: ids(await spotify.episodes.get([episode, stranger], "SE")),
    no_audiobook: await refusal(() => spotify.audiobooks.get(stranger, "US")),
    unknown: await refusal(() => spotify.artists.get(stranger)),
    bad: await refusal(() => spotify.search("a", ["artist"], undefined, 51)),
    wrong_secret: await refusal(() => client("wrong").artists.get(artist)),
  };
}

async function limits() {
  let throttled = "not refused";
  while (throttled === "not refused") {
    throttled = await refusal(() => spotify.artists.get(about.artist));
  }
  const wait = Number(retryAfter);
  const badToken = { access_token: "nonsense", token_type: "Bearer", expires_in: 3600 };
  const stranger = SpotifyApi.withAccessToken(about.client_id, badToken);
  const told = await refusal(() => stranger.artists.get(about.artist));
  await new Promise((resolve) => setTimeout(resolve, wait * 1000));
  const waited = (await spotify.artists.get(about.artist)).name;
  return { bad_token: told, throttled, retry_after: wait > 0, waited };
}

console.log(JSON.stringify(await (process.argv[2] === "limits" ? limits() : everything())));
