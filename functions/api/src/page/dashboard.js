// The dashboard: polls the API of the server that sent this page, and shows what it answers.
//
// Texts come from Spotify and from queues, so they are only ever set as text, never as markup.
"use strict";

const SECOND = 1000;
const MINUTE = 60 * SECOND;

// Between two polls: this long, or so many times the time that a poll takes, so that a slow server has peace.
const PAUSE = { open: 2 * SECOND, idle: 10 * SECOND, most: 30 * SECOND, times: 20 };
// What changes seldom is read this often.
const SELDOM = MINUTE;
// Figures older than this are called old.
const OLD = 20 * SECOND;
// The charts show this much time, in at most so many points.
const SHOWN = 60 * MINUTE;
const POINTS = 600;
// Nothing is known between figures that are further apart, and an older figure is not the current one.
const GAP = 2 * MINUTE;

const LEVELS = {
  working: "All is well: collecting",
  held: "All is well: waiting for Spotify",
  idle: "All is well: no run is open",
  attention: "Needs attention",
  old: "No answer from the server",
};

const byId = (id) => document.getElementById(id);
const numbers = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const number = (value) => (value === null || value === undefined ? "–" : numbers.format(value));
const percent = (share) => `${(share < 1 ? Math.min(share * 100, 99.9) : 100).toFixed(share < 1 ? 1 : 0)} %`;
const plural = (count, noun) => `${number(count)} ${noun}${count === 1 ? "" : "s"}`;

/** A duration in its two largest units. */
function time(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / SECOND));
  const units = [["day", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  const shown = units.slice(first, first + 2).map(([name, size], at) => {
    const count = at === 0 ? Math.floor(seconds / size) : Math.floor((seconds % units[first][1]) / size);
    return count === 0 ? "" : `${count} ${name === "day" && count !== 1 ? "days" : name}`;
  });
  return shown.filter(Boolean).join(" ");
}

/** A new element with text, a class and children. */
function element(name, { text, kind, children = [], ...attributes } = {}) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Sets a text only if it changes, so that a selection stays. What stands between backticks is a command. */
function say(id, text) {
  const place = byId(id);
  if (place.textContent === text.replaceAll("`", "")) return;
  place.replaceChildren(...text.split("`").map((part, at) => (at % 2 === 0 ? part : element("code", { text: part }))));
}

/** Puts children into a place if what they show has changed. */
const shown = new Map();
function put(id, value, children) {
  const text = JSON.stringify(value);
  if (shown.get(id) === text) return;
  shown.set(id, text);
  byId(id).replaceChildren(...children());
}

/** How long ago a moment was; seconds count only in the first minute. */
function since(at) {
  const passed = now() - at;
  return `${time(passed < MINUTE ? passed : passed - (passed % MINUTE))} ago`;
}

/** The time since a moment, with the exact time on hover. */
function ago(text) {
  const at = new Date(text);
  const made = element("time", { datetime: text, title: at.toLocaleString(), "data-since": at.getTime() });
  made.textContent = since(at);
  return made;
}

/** The time until a moment, which counts down. */
function until(text) {
  const at = new Date(text);
  const made = element("time", { datetime: text, title: at.toLocaleString(), "data-until": at.getTime() });
  made.textContent = `${time(at - now())} left`;
  return made;
}

function bar(share, label) {
  const full = element("b");
  full.style.width = `${Math.min(Math.max(share, 0), 1) * 100}%`;
  return element("div", { kind: "bar", role: "img", "aria-label": label, children: [element("i"), full] });
}

/** A table from column names and rows of cells; a cell is a text, a node, or an array of both. */
function table(caption, columns, rows) {
  const head = columns.map(([name, kind]) => element("th", { text: name, kind, scope: "col" }));
  const cell = (content, at) => {
    const name = at === 0 ? "th" : "td";
    const made = element(name, { kind: columns[at][1] });
    if (at === 0) made.setAttribute("scope", "row");
    made.append(...[content].flat());
    return made;
  };
  const body = rows.map((row) => element("tr", { children: row.map(cell) }));
  return [
    element("caption", { text: caption, kind: "hidden" }),
    element("thead", { children: [element("tr", { children: head })] }),
    element("tbody", { children: body }),
  ];
}

// ---- reading

const tags = new Map();
const contents = new Map();
// The server's clock minus this machine's.
let offset = 0;
const now = () => Date.now() + offset;

/** Reads a path; an answer that has not changed is taken from the last time, if that was remembered. */
async function read(path, { remembers = true } = {}) {
  const headers = tags.has(path) ? { "If-None-Match": tags.get(path) } : {};
  const signal = AbortSignal.timeout(20 * SECOND);
  const answer = await fetch(path, { headers, signal, cache: "no-store" });
  if (answer.status === 304) return contents.get(path);
  if (!answer.ok) throw new Error(`the server answers with ${answer.status}`);
  const content = await answer.json();
  if (!remembers) return content;
  tags.set(path, answer.headers.get("ETag"));
  contents.set(path, content);
  return content;
}

/** Figures over time, oldest first: those that the server keeps for each minute, and those of this page. */
let kept = [];
const samples = [];

function sample(status) {
  const at = Date.parse(status.read_at);
  if (samples.length > 0 && samples[samples.length - 1].at >= at) return;
  const refused = Object.values(status.pace.buckets).reduce((sum, of) => sum + of.refused, status.pace.refused);
  const artists = status.progress ? status.progress.artists : null;
  samples.push({ at, own: true, run: status.run && status.run.id, granted: status.pace.granted, refused, artists });
  while (samples.length > POINTS || (samples.length > 0 && samples[0].at < at - SHOWN)) samples.shift();
}

/** Figures over time: where this page has none of its own, those that the server keeps. */
function timeline() {
  const holes = [{ from: -Infinity, to: samples.length > 0 ? samples[0].at : Infinity }];
  for (let at = 1; at < samples.length; at += 1) {
    const [from, to] = [samples[at - 1].at, samples[at].at];
    if (to - from > GAP) holes.push({ from, to });
  }
  const missing = kept.filter(({ at }) => holes.some(({ from, to }) => from < at && at < to));
  return missing.concat(samples).sort((one, other) => one.at - other.at);
}

/** Reads and shows one part of the page. If that fails, the part stays as it is, and `id` says so. */
async function part(id, reading, show) {
  try {
    show(await reading());
  } catch {
    say(id, "This cannot be read; trying again.");
  }
}

/** What changes seldom. Each part is read on its own, so that one that fails holds up no other. */
async function readSeldom(status) {
  const from = new Date(now() - SHOWN - MINUTE).toISOString();
  const none = { letters: [], more: false };
  await Promise.all([
    // The path is another one each minute.
    part("minutes-text", () => read(`/v1/series?from=${from.slice(0, 16)}:00Z`, { remembers: false }), ({ points }) => {
      kept = points.map((point) => ({ ...point, own: false, at: Date.parse(point.at) }));
      say("minutes-text", "");
    }),
    part("runs-text", () => read("/v1/runs?limit=10"), (list) => showRuns(list.runs, list.next !== null)),
    part("capabilities-text", () => read("/v1/capabilities"), showCapabilities),
    part("report-text", async () => (status.progress || !status.run ? null : read("/v1/runs/latest")), (latest) => {
      report = latest && latest.report;
      say("report-text", "");
    }),
    part("letters-text", async () => (status.dead_letters > 0 ? read("/v1/dead-letters") : none), (letters) =>
      showLetters(letters, status.dead_letters)),
  ]);
}

// ---- showing

function showStatus(status) {
  const hero = byId("hero");
  const was = hero.dataset.level;
  hero.dataset.level = status.level;
  say("state", LEVELS[status.level]);
  say("sentence", status.sentence);
  put("troubles", status.troubles, () =>
    status.troubles.map(({ name, meaning }) => element("li", { text: `${meaning} Runbook: ${name}.` })));
  if (was !== status.level) speak(`${LEVELS[status.level]}. ${status.sentence}`);
  document.title = `${status.level === "attention" ? "! " : ""}Fermata: ${LEVELS[status.level]}`;
  showProgress(status);
  showPace(status.pace);
  showSources(status);
  showLatest(status.latest);
}

function speak(text) {
  say("spoken", text);
}

function showProgress({ run, progress, artists_stored: stored }) {
  const expected = progress && progress.expected;
  const closed = run && run.coverage;
  const coverage = expected
    ? { share: expected.share, low: expected.share_low, high: expected.share_high, of: expected.catalogue }
    : closed && { share: closed.share, low: closed.share_low, high: closed.share_high, of: closed.catalogue };
  const place = byId("coverage");
  const [band, full] = place.children;
  const interval = coverage && `${percent(coverage.low)} to ${percent(coverage.high)}`;
  full.style.width = coverage ? `${coverage.share * 100}%` : "0";
  band.style.width = coverage ? `${coverage.high * 100}%` : "0";
  const label = coverage
    ? `Seen: ${percent(coverage.share)} of about ${plural(Math.round(coverage.of), "artist")} (95 % interval: ${interval})`
    : "Coverage is not known yet";
  place.setAttribute("aria-label", label);
  let text = `${label}.`;
  if (expected) text += ` Run ${expected.by_run} estimated how many there are.`;
  if (!coverage && run) text = "Coverage is not known yet: a run estimates the catalogue when it closes.";
  if (!run) text = "The schedule opens the first run, or `fermata seed` does.";
  say("coverage-text", text);

  const before = earlier(run);
  const versus = (figure) => (before && before[figure] !== null ? `run ${before.id}: ${number(before[figure])}` : " ");
  const seenBefore = before && before.artists_new !== null ? before.artists_new + before.artists_returned : null;
  const seen = progress ? progress.artists : run && run.artists_new !== null ? run.artists_new + run.artists_returned : null;
  const requests = progress ? progress.requests : run && run.requests;
  const left = progress && progress.seconds_left !== null ? `about ${time(progress.seconds_left * SECOND)}` : "–";
  const figures = [
    ["Artists in this run", number(seen), seenBefore === null ? " " : `run ${before.id}: ${number(seenBefore)}`],
    ["Requests", number(requests), versus("requests")],
    ["Artists stored", number(stored), "AWS counts about every six hours"],
    progress
      ? ["Time left", left, left === "–" ? "not known yet" : "judging by the last run for artists"]
      : ["Terms without answer", number(run && run.unanswered), versus("unanswered")],
  ];
  put("progress", figures, () => figures.map(([name, value, note]) => element("div", {
    children: [
      element("dt", { text: name }),
      element("dd", { children: [value, element("small", { text: note })] }),
    ],
  })));
}

let runs = [];
const earlier = (run) => {
  const at = runs.findIndex(({ id }) => run && id === run.id);
  return at >= 0 ? runs[at + 1] : undefined;
};

function showPace(pace) {
  const rows = Object.entries(pace.buckets);
  put("pace", rows.map(([name, { hold, ...rest }]) => [name, rest, hold && hold.until]), () => (rows.length === 0 ? [] : table(
    "Buckets of endpoints that share a limit",
    [["Bucket"], ["Last 30 s"], ["Last 24 h"], ["Refused"], ["Hold", "text"]],
    rows.map(([name, of]) => [
      name,
      number(of.sent_30s),
      of.quota_24h === null
        ? number(of.used_24h)
        : [`${number(of.used_24h)} of ${number(of.quota_24h)}`,
            bar(of.used_24h / of.quota_24h, `${percent(of.used_24h / of.quota_24h)} of the quota`)],
      number(of.refused),
      of.hold ? element("span", { kind: "wait", children: [until(of.hold.until)] }) : "none",
    ]),
  )));
  const limit = pace.limit_30s === null ? "no limit is known yet" : `the learned limit is ${number(pace.limit_30s)}`;
  const refused = `${pace.refused === 0 ? "No request" : plural(pace.refused, "request")} ${pace.refused > 1 ? "were" : "was"}`;
  say("pace-text", `${plural(pace.sent_30s, "request")} in the last 30 s; the learned rate is ${number(pace.learned_30s)}, `
    + `${limit}. ${refused} refused for coming too fast.`);
}

// The report of the last run, once it is closed.
let report = null;

function showSources({ frontier, window: queue, progress }) {
  const closed = Object.entries(progress || !report ? {} : report.sources)
    .map(([name, of]) => [name, { ...of, ready: of.unasked, more: false, artists: of.artists_new }]);
  const rows = progress ? Object.entries(frontier.sources) : closed;
  // An open run counts artists that are new to it, a closed one those that no run had seen before.
  const [kind, caption] = progress
    ? ["New to the run", "What each source has brought in the open run: artists that this run had not seen before"]
    : ["New artists", "What each source brought in the last run: artists that no run had seen before"];
  const best = Math.max(...rows.map(([, of]) => of.artists_per_request || 0), 1e-9);
  // The yield stands first: it shows a broken source, on a phone too.
  put("sources", [kind, rows], () => (rows.length === 0 ? [] : table(
    caption,
    [["Source"], ["New per request"], [kind], ["Requests"], ["Ready terms"]],
    rows.map(([name, of]) => [
      name,
      of.artists_per_request === null
        ? "–"
        : [of.artists_per_request.toFixed(1), bar(of.artists_per_request / best, "compared with the best source")],
      number(of.artists),
      number(of.requests),
      of.more ? `> ${number(of.ready)}` : number(of.ready),
    ]),
  )));
  const ready = Object.values(frontier.sources).reduce((sum, of) => sum + of.ready, 0);
  const least = rows.some(([, of]) => of.more) ? "more than " : "";
  say("frontier-text", `Frontier: ${least}${plural(ready, "ready term")}, ${number(frontier.sent)} in the window. `
    + `Queue: ${number(queue.visible)} waiting, ${number(queue.hidden)} in work or put off.`);
}

function showLatest({ artists, terms }) {
  put("latest-artists", artists, () => (artists.length === 0 ? [] : table(
    "Artists that the run saw for the first time, the latest first",
    [["Artist", "text"], ["Popularity"], ["Genres", "text long"]],
    artists.map((of) => [
      [element("a", { text: of.name, href: of.spotify_url, rel: "noreferrer" })],
      of.popularity === null ? "–" : number(of.popularity),
      (of.genres || []).join(", ") || "–",
    ]),
  )));
  say("latest-artists-text", artists.length === 0 ? "No artist was found yet." : "");
  put("latest-terms", terms, () => (terms.length === 0 ? [] : table(
    "Terms that the run finished, the latest first",
    [["Term", "text"], ["End", "text"], ["Requests"], ["Artists"]],
    terms.map((of) => [of.key, of.state, number(of.requests), number(of.artists)]),
  )));
  say("latest-terms-text", terms.length === 0 ? "No term was finished yet." : "");
}

function showLetters({ letters, more }, count) {
  put("letters", letters, () => (letters.length === 0 ? [] : table(
    "Terms that were given up",
    [["Term", "text"], ["Reason", "text long"], ["A redrive would", "text long"], ["Attempts"], ["Given up"], ["Run", "text"]],
    letters.map((of) => [
      of.term === null ? "unreadable message" : of.term,
      of.reason,
      of.redrive_would,
      of.term === null ? "–" : number(of.attempts),
      ago(of.sent_at),
      of.run === null ? "–" : of.run,
    ]),
  )));
  say("letters-text", count === 0
    ? "None: nothing was given up."
    : `${plural(count, "dead letter")}${more ? `; ${letters.length} of them are shown` : ""}. Once the cause is fixed, send them again with \`fermata redrive\`.`);
}

function showRuns(list, more) {
  runs = list;
  const kinds = { running: "", complete: "good", partial: "wait" };
  put("runs", list, () => (list.length === 0 ? [] : table(
    "Runs, newest first",
    [["Run"], ["State", "text"], ["Coverage"], ["New artists"], ["Seen again"], ["Requests"], ["No answer"], ["Opened"], ["Took"]],
    list.map((of) => [
      of.id,
      [element("span", { text: of.state, kind: kinds[of.state] }), of.stopped ? `: ${of.stopped}` : ""],
      of.coverage
        ? [percent(of.coverage.share), element("div", {
            kind: "note", text: `${percent(of.coverage.share_low)} to ${percent(of.coverage.share_high)}` })]
        : "–",
      number(of.artists_new),
      number(of.artists_returned),
      number(of.requests),
      number(of.unanswered),
      ago(of.opened_at),
      of.closed_at ? time(Date.parse(of.closed_at) - Date.parse(of.opened_at)) : "–",
    ]),
  )));
  say("runs-text", list.length === 0 ? "No run has been opened yet." : more ? "Older runs are at /v1/runs." : "");
}

function showCapabilities({ endpoints, search }) {
  const found = (of) => (of.found_at ? ago(of.found_at) : "–");
  const state = (good, text) => element("span", { text, kind: good ? "good" : "wait" });
  const rows = Object.entries(endpoints).map(([name, of]) => [
    name,
    state(of.state === "open", of.state),
    [of.reason, of.fields && `fields: ${of.fields.join(", ") || "none"}`, of.page && `pages of ${of.page}`]
      .filter(Boolean).join("; ") || "–",
    of.run,
    found(of),
  ]).concat(Object.entries(search.operators).map(([name, of]) => [
    `search operator “${name}”`, state(of.works, of.works ? "works" : "fails"), "–", of.run, found(of),
  ]));
  put("capabilities", [endpoints, search], () => (rows.length === 0 ? [] : table(
    "Endpoints and search operators",
    [["Endpoint or operator"], ["State", "text"], ["Detail", "text long"], ["Found by run", "text"], ["When"]],
    rows,
  )));
  const { limits } = search;
  say("capabilities-text", limits
    ? `Searches show pages of ${limits.page} and ${number(limits.window)} results in all.`
    : rows.length === 0 ? "Runs discover it when they need it." : "No limit on the pages of a search was met so far.");
}

// ---- charts

/**
 * The change of a figure per minute, over at least this long: permits are leased in bunches, and fetchers report
 * after each batch, so that shorter spans would show spikes.
 */
const SPAN = 15 * SECOND;

function perMinute(list, figure) {
  const rates = [];
  let before = 0;
  for (let at = 1; at < list.length; at += 1) {
    // A kept figure has the time at which its minute began, up to a minute before it was noted. So it gives
    // no rate together with a figure of this page.
    if (list[at].own !== list[at - 1].own || list[at].at - list[at - 1].at > GAP) before = at;
    while (before + 1 < at && list[at].at - list[before + 1].at >= SPAN) before += 1;
    const [from, to] = [list[before], list[at]];
    const [change, span] = [to[figure] - from[figure], to.at - from.at];
    const counts = to[figure] !== null && from[figure] !== null && change >= 0 && span >= SPAN;
    // The artists of one run are not compared with those of another.
    if (counts && (figure !== "artists" || to.run === from.run)) rates.push({ at: to.at, value: change / (span / MINUTE) });
  }
  return rates;
}

const SVG = "http://www.w3.org/2000/svg";

function showCharts() {
  const list = timeline();
  for (const [id, figure, name] of [
    ["chart-requests", "granted", "Requests"],
    ["chart-artists", "artists", "Artists new to the run"],
    ["chart-refused", "refused", "Refused"],
  ]) {
    const end = now();
    const rates = perMinute(list, figure).filter(({ at }) => at >= end - SHOWN);
    showChart(byId(id), name, rates, end);
  }
}

function showChart(place, name, rates, end) {
  const begin = rates.length > 0 ? Math.min(rates[0].at, end - MINUTE) : end - SHOWN;
  const most = Math.max(...rates.map(({ value }) => value), 0);
  const x = (at) => ((at - begin) / (end - begin)) * 300;
  const y = (value) => 98 - (value / Math.max(most, 1)) * 92;
  // No line crosses a time of which nothing is known.
  const lines = [];
  for (const [at, rate] of rates.entries()) {
    if (at === 0 || rate.at - rates[at - 1].at > GAP) lines.push([]);
    lines.at(-1).push(rate);
  }
  const points = (line) => line.map(({ at, value }) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join("L");
  if (place.children.length === 0) buildChart(place, name);
  const [caption, svg, axis] = place.children;
  const [area, path] = svg.querySelectorAll("path");
  path.setAttribute("d", lines.map((line) => `M${points(line)}`).join(""));
  area.setAttribute("d", lines.map((line) => `M${x(line[0].at)},98L${points(line)}L${x(line.at(-1).at)},98Z`).join(""));
  const isCurrent = rates.length > 0 && end - rates.at(-1).at <= GAP;
  const current = isCurrent ? `${number(rates.at(-1).value)} a minute` : "–";
  caption.lastChild.textContent = rates.length === 0 ? "no figures yet" : `most ${number(most)} a minute`;
  caption.querySelector("strong").textContent = current;
  svg.setAttribute("aria-label", rates.length === 0
    ? `${name}: no figures yet`
    : `${name}: ${isCurrent ? `${current} now, ` : ""}at most ${number(most)} a minute in the last ${time(end - begin)}`);
  axis.firstChild.textContent = `${time(end - begin)} ago`;
}

function buildChart(place, name) {
  const caption = element("figcaption", {
    children: [element("span", { text: `${name}: ` }), element("strong"), element("br"), element("span")],
  });
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of [["viewBox", "0 0 300 100"], ["preserveAspectRatio", "none"], ["role", "img"]]) {
    svg.setAttribute(key, value);
  }
  const shape = (kind, attributes) => {
    const made = document.createElementNS(SVG, attributes.d === undefined ? "line" : "path");
    for (const [key, value] of Object.entries({ class: kind, ...attributes })) made.setAttribute(key, value);
    return made;
  };
  svg.append(
    shape("grid", { x1: 0, x2: 300, y1: 6, y2: 6 }),
    shape("grid", { x1: 0, x2: 300, y1: 98, y2: 98 }),
    shape("area", { d: "" }),
    shape("line", { d: "" }),
  );
  const axis = element("div", { kind: "axis", children: [element("span"), element("span", { text: "now" })] });
  place.append(caption, svg, axis);
}

// ---- the loop

let timer;
let lastAnswer = null;
let nextSeldom = 0;
let failures = 0;
let isPolling = false;
let knownRun = "";

async function poll() {
  clearTimeout(timer);
  if (isPolling || document.hidden) return;
  isPolling = true;
  const start = performance.now();
  let pause = PAUSE.idle;
  try {
    const before = contents.get("/v1/status");
    const status = await read("/v1/status");
    if (status !== before) offset = Date.parse(status.read_at) - Date.now();
    sample({ ...status, read_at: new Date(now()).toISOString() });
    // A run that opens or closes, and a new dead letter, change what is read seldom.
    const run = JSON.stringify([status.run && [status.run.id, status.run.state], status.dead_letters]);
    if (now() >= nextSeldom || run !== knownRun) {
      await readSeldom(status);
      [nextSeldom, knownRun] = [now() + SELDOM, run];
    }
    showStatus(status);
    showCharts();
    document.documentElement.classList.remove("reading");
    [lastAnswer, failures] = [Date.now(), 0];
    if (status.progress) pause = PAUSE.open;
  } catch {
    failures += 1;
    pause = PAUSE.open * 2 ** Math.min(failures - 1, 4);
  }
  isPolling = false;
  pause = Math.max(pause, Math.min((performance.now() - start) * PAUSE.times, PAUSE.most));
  showAge();
  timer = setTimeout(poll, pause);
}

/** Says how old the figures are. */
function showAge() {
  const age = lastAnswer === null ? Infinity : Date.now() - lastAnswer;
  const isOld = failures > 0 && (lastAnswer === null || age > OLD);
  document.body.classList.toggle("old", isOld);
  byId("age").classList.toggle("old", isOld);
  if (isOld) {
    if (byId("hero").dataset.level !== "old") speak(LEVELS.old);
    byId("hero").dataset.level = "old";
    say("state", LEVELS.old);
    say("age", lastAnswer === null ? "No answer yet; trying again" : `Data is ${time(age)} old; trying again`);
  } else if (lastAnswer !== null) {
    say("age", age < 2 * SECOND ? "Up to date" : `Read ${time(age)} ago`);
  }
}

function tick() {
  if (document.hidden) return;
  for (const place of document.querySelectorAll("[data-until]")) {
    const left = Number(place.dataset.until) - now();
    place.textContent = left > 0 ? `${time(left)} left` : "ending";
  }
  for (const place of document.querySelectorAll("[data-since]")) {
    place.textContent = since(Number(place.dataset.since));
  }
  showAge();
}

// ---- colours

function showTheme() {
  const theme = document.documentElement.dataset.theme || "system";
  byId("theme").textContent = `Colours: ${theme}`;
  byId("theme").setAttribute("aria-label", `Colours: ${theme}. Change`);
}

byId("theme").addEventListener("click", () => {
  const themes = ["system", "light", "dark"];
  const theme = document.documentElement.dataset.theme || "system";
  const next = themes[(themes.indexOf(theme) + 1) % themes.length];
  if (next === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem("fermata-theme", next);
  } catch {
    // The choice lasts as long as the page.
  }
  showTheme();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) poll();
});

showTheme();
setInterval(tick, SECOND);
poll();
