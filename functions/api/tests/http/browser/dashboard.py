"""Drives Chromium through the dashboard, and exits with 1 and a list of what is wrong.

dashboard.py CHROMIUM SCREENSHOTS NAME=URL...

Each scene is a server whose world stands still. It is looked at wide in light colours and on a phone in dark
ones; one scene in all four ways.
"""

import re
import shutil
import sys
from datetime import datetime, timedelta
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import sync_playwright

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
LOOKS = [("light", "wide", WIDE), ("dark", "phone", PHONE), ("dark", "wide", WIDE), ("light", "phone", PHONE)]
# Rated "good" up to here by Web Vitals.
MOST_SHIFT = 0.1
WAIT_MS = 60_000

# What the page must say, by scene: the level, and texts by selector.
EXPECTED = {
    "running": ("working", {
        "#state": "All is well: collecting",
        "#sentence": "Run 2026-11-23 has been collecting for 1 h",
        "#coverage-text": "of about 15,412,000 artists",
        "#sources": "48.4",
        "#sources thead": "New to the run",
        "#progress": "AWS counts about every six hours",
        "#capabilities": "403 Forbidden",
        "#letters-text": "None: nothing was given up.",
    }),
    "held": ("held", {
        "#state": "All is well: waiting for Spotify",
        "#sentence": "on hold for another",
        "#pace": "left",
    }),
    "partial": ("attention", {
        "#state": "Needs attention",
        "#sentence": "is partial, because 25 terms have no full answer",
        "#troubles": "Runbook: dead-letters.",
        "#letters": "500 Internal Server Error five times in a row",
        "#letters-text": "3 dead letters",
        "#sources thead": "New artists",
    }),
    "first": ("idle", {
        "#sentence": "No run has been opened yet.",
        "#runs-text": "No run has been opened yet.",
        "#coverage-text": "The schedule opens the first run, or fermata seed does.",
    }),
}

READY = '() => document.getElementById("age").textContent !== "Reading…"'
CHANGED = "([place, text]) => document.querySelector(place).textContent !== text"
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""
OVERFLOW = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return null;
  const wide = [...document.querySelectorAll("body *")].filter((of) =>
    of.getBoundingClientRect().right > root.clientWidth && !of.closest(".scroll"));
  return `${root.scrollWidth} px on ${root.clientWidth}: ${wide.map((of) => of.id || of.tagName)}`;
}"""
AXE = """() => axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((of) => of.target).join(", ")}`))"""


class Look:
    """One page in one browser context, and what is wrong with it."""

    def __init__(self, browser, name, url, colours, size, changes=None, fails=None):
        """`changes` has a function by path that changes what is answered there; the path `fails` gets 503."""
        self.name = name
        self.wrong = []
        self.context = browser.new_context(color_scheme=colours, viewport=size, device_scale_factor=1)
        self.page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.may_fail_to_load = fails is not None
        self.page.on("console", self.console)
        self.page.on("pageerror", lambda error: self.fault(f"error: {error}"))
        for path, change in (changes or {}).items():
            self.page.route(f"**{path}", lambda route, _, change=change: route.fulfill(
                json=change(route.fetch().json())))
        if fails:
            self.page.route(f"**{fails}", lambda route: route.fulfill(status=503, json={}))
        self.page.clock.install()
        self.page.goto(url)
        self.page.wait_for_function(READY)

    def console(self, message):
        if message.type not in ("error", "warning"):
            return
        # Chromium itself reports a server that is gone or fails; no page can keep it from that.
        if self.may_fail_to_load and message.text.startswith("Failed to load resource: "):
            return
        self.fault(f"console {message.type}: {message.text}")

    def fault(self, text):
        self.wrong.append(f"{self.name}: {text}")

    def check(self, truth, text):
        if not truth:
            self.fault(text)

    def text(self, selector):
        return self.page.locator(selector).inner_text()

    def says(self, level, texts):
        found = self.page.locator("#hero").get_attribute("data-level")
        self.check(found == level, f"the level is {found}, not {level}")
        for selector, text in texts.items():
            said = self.text(selector)
            self.check(text in said, f"{selector} lacks {text!r}: {said!r}")

    def sound(self):
        """What holds for every page: it fits, and axe finds nothing serious."""
        overflow = self.page.evaluate(OVERFLOW)
        self.check(overflow is None, f"scrolls sideways: {overflow}")
        self.page.evaluate(AXE_SCRIPT)
        for violation in self.page.evaluate(AXE):
            self.fault(f"axe: {violation}")

    def still(self):
        shift = self.page.evaluate(SHIFT)
        self.check(shift <= MOST_SHIFT, f"the layout jumps by {shift:.3f}")

    def shoot(self, folder):
        self.page.screenshot(path=folder / f"{self.name}.png", full_page=True)

    def close(self):
        self.page.unroute_all(behavior="ignoreErrors")
        self.context.close()
        return self.wrong


def scenes(browser, folder, urls):
    for scene, url in urls.items():
        level, texts = EXPECTED[scene]
        for colours, kind, size in LOOKS if scene == "running" else LOOKS[:2]:
            look = Look(browser, f"{scene}-{kind}-{colours}", url, colours, size)
            look.still()
            look.says(level, texts)
            look.sound()
            look.shoot(folder)
            yield from look.close()


def countdown(browser, url):
    """A hold counts down without asking the server."""
    look = Look(browser, "countdown", url, "light", WIDE)
    left = "#pace [data-until]"
    before = look.page.locator(left).first.inner_text()
    look.page.clock.fast_forward("02:00")
    look.page.wait_for_function(CHANGED, arg=[left, before])
    after = look.page.locator(left).first.inner_text()
    minutes = [int(text.split(" min")[0]) for text in (before, after)]
    look.check(minutes[0] - minutes[1] in (2, 3), f"two minutes take it from {before} to {after}")
    yield from look.close()


def gone(browser, folder, url):
    """Without an answer the page keeps its figures and says that they are old; then it goes on by itself."""
    for colours, kind, size in LOOKS[:2]:
        look = Look(browser, f"old-{kind}-{colours}", url, colours, size)
        look.may_fail_to_load = True
        look.page.route("**/v1/**", lambda route: route.abort("connectionrefused"))
        look.page.clock.run_for("02:00")
        look.page.wait_for_selector('#hero[data-level="old"]')
        look.says("old", {"#state": "No answer from the server", "#age": "Data is", "#runs": "2026-11-16"})
        look.sound()
        look.shoot(folder)
        look.page.unroute("**/v1/**")
        look.page.clock.run_for("01:00")
        look.page.wait_for_selector('#hero[data-level="working"]')
        look.check(look.text("#age") != "", "it does not say that it is up to date")
        yield from look.close()


def closed(browser, url):
    """Ten minutes after a run has closed, its last rate is not the current one."""
    look = Look(browser, "closed", url, "light", WIDE, changes={
        "/v1/status": lambda status: status | {"read_at": "2026-11-23T03:10:00Z"},
    })
    said = look.text("#chart-artists figcaption")
    look.check(": –" in said and "most " in said, f"the rate of artists is {said!r}")
    label = look.page.locator("#chart-artists svg").get_attribute("aria-label")
    look.check("now" not in label and "at most" in label, f"the chart of artists is {label!r}")
    yield from look.close()


class Steady:
    """Answers of a server that grants two permits a second, and notes each minute five seconds before its end."""

    def __init__(self):
        self.begin = datetime.fromisoformat("2026-11-23T02:00:00+00:00")
        self.now = self.begin + timedelta(minutes=59)
        self.polls = 0

    def granted(self, at):
        return int((at - self.begin).total_seconds()) * 2

    def status(self, status):
        self.polls += 1
        self.now += timedelta(seconds=10)
        pace = status["pace"] | {"granted": self.granted(self.now)}
        return status | {"read_at": self.now.isoformat(), "pace": pace}

    def series(self, series):
        """All minutes but ten."""
        minutes = [self.begin + timedelta(minutes=minute) for minute in range(120) if not 30 < minute < 41]
        noted = [(at, at + timedelta(seconds=55)) for at in minutes]
        point = series["points"][0]
        return series | {"points": [
            point | {"at": at.isoformat(), "granted": self.granted(when)} for at, when in noted if when < self.now
        ]}


def steady(browser, url):
    """A steady rate is a level line, also where minutes of the server meet figures of the page, and no line
    crosses what is not known. When the page wakes up, the server's minutes fill the hole."""
    server = Steady()
    look = Look(browser, "steady", url, "light", WIDE, changes={
        "/v1/status": server.status, "/v1/series?*": server.series,
    })

    def poll(times):
        # The page polls again only after it has shown the answer before.
        wanted = server.polls + times + 1
        while server.polls < wanted:
            look.page.clock.run_for(1000)
            look.page.wait_for_timeout(20)

    def level(lines, points):
        drawn = look.page.locator("#chart-requests path.line").get_attribute("d")
        heights = set(re.findall(r",([0-9.]+)", drawn))
        look.check(len(heights) == 1, f"a steady rate is drawn at the heights {heights}: {drawn}")
        look.check(drawn.count("M") == lines, f"{lines} lines are drawn as {drawn}")
        look.check(drawn.count(",") >= points, f"{points} points are drawn as {drawn}")

    poll(4)
    level(lines=2, points=48)
    server.now += timedelta(minutes=10)
    poll(4)
    level(lines=2, points=50)
    yield from look.close()


def failing(browser, url):
    """One list that cannot be read says so, and the others are shown."""
    look = Look(browser, "failing", url, "light", WIDE, fails="/v1/runs?*")
    look.says("working", {
        "#runs-text": "This cannot be read; trying again.",
        "#capabilities": "403 Forbidden",
        "#letters-text": "None: nothing was given up.",
    })
    remembered = look.page.evaluate("() => [...contents.keys()].filter((path) => path.includes('series'))")
    look.check(remembered == [], f"it remembers {remembered}, which it never reads again")
    look.page.unroute("**/v1/runs?*")
    look.page.clock.run_for("01:10")
    look.page.wait_for_function(CHANGED, arg=["#runs-text", "This cannot be read; trying again."])
    look.says("working", {"#runs": "2026-11-16"})
    yield from look.close()


def theme(browser, url):
    """The chosen colours are there before the first paint of the next visit; keys reach everything."""
    look = Look(browser, "theme", url, "light", WIDE)
    page = look.page
    look.page.keyboard.press("Tab")
    look.check(page.evaluate("() => document.activeElement.className") == "skip", "the first key is no skip link")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    look.check(look.text("#theme") == "Colours: dark", f"the button says {look.text('#theme')}")
    # With the page's own script held back, only what runs before the first paint can have set the colours.
    page.route("**/dashboard.js", lambda route: route.abort("blockedbyclient"))
    look.may_fail_to_load = True
    page.goto(url)
    chosen = page.evaluate("() => document.documentElement.dataset.theme")
    look.check(chosen == "dark", f"the next visit begins with {chosen}")
    yield from look.close()


def main(chromium, folder, *pairs):
    path = shutil.which(chromium)
    if path is None:
        sys.exit(
            f"There is no {chromium!r} here. Install Chromium (Debian: apt-get install chromium), name one in "
            "FERMATA_CHROMIUM, or set FERMATA_CHROMIUM=none to go without this test."
        )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    urls = dict(pair.split("=", 1) for pair in pairs)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        wrong = [*scenes(browser, folder, urls)]
        wrong += countdown(browser, urls["held"])
        wrong += gone(browser, folder, urls["running"])
        wrong += closed(browser, urls["partial"])
        wrong += steady(browser, urls["running"])
        wrong += failing(browser, urls["running"])
        wrong += theme(browser, urls["running"])
        browser.close()
    sys.exit("\n".join(wrong) if wrong else 0)


main(*sys.argv[1:])
