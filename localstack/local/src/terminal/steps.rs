//! The progress of a command's steps: what is being done, how far it is, how long it has taken, and how long
//! it usually takes.
//!
//! On a terminal, a step is one moving line with a spinner, a bar if a total is known, and the elapsed time.
//! Elsewhere (a log, a pipe) it prints a plain line at the beginning, every few seconds and at the end. With
//! `--quiet` it prints nothing.

use std::{
    borrow::Cow,
    fmt,
    io::{IsTerminal, Write, stderr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tokio::task::AbortHandle;

use super::{escape, words};

/// Pause between two plain lines of one step.
const EVERY: Duration = Duration::from_secs(5);

/// Pause between two frames of a spinner.
const TURN: Duration = Duration::from_millis(120);

const SPINNING: &str = "{spinner} {prefix}  {elapsed}  {msg}";
const COUNTING: &str = "{spinner} {prefix}  {bar:24} {human_pos}/{human_len}  {elapsed}{left}  {msg}";

/// A step that goes on for less than this says nothing of its end yet.
const TOO_EARLY: Duration = Duration::from_secs(5);

/// Shows the steps of a command. Clones share the same output.
#[derive(Clone, Debug)]
pub struct Steps(Shown);

#[derive(Clone)]
enum Shown {
    Nowhere,
    Terminal(MultiProgress),
    Lines(Arc<Mutex<dyn Write + Send>>),
}

impl fmt::Debug for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Nowhere => "Nowhere",
            Self::Terminal(_) => "Terminal",
            Self::Lines(_) => "Lines",
        })
    }
}

impl Steps {
    /// Steps on standard error: moving lines if that is a terminal, plain lines otherwise.
    pub fn on_standard_error() -> Self {
        if stderr().is_terminal() {
            let target = ProgressDrawTarget::stderr();
            Self(Shown::Terminal(MultiProgress::with_draw_target(target)))
        } else {
            Self::written_to(Arc::new(Mutex::new(stderr())))
        }
    }

    /// Steps without output.
    pub fn quiet() -> Self {
        Self(Shown::Nowhere)
    }

    /// Steps as plain lines.
    pub fn written_to(out: Arc<Mutex<dyn Write + Send>>) -> Self {
        Self(Shown::Lines(out))
    }

    /// Whether the output is suppressed.
    pub fn are_quiet(&self) -> bool {
        matches!(self.0, Shown::Nowhere)
    }

    /// Begins a step: `doing` says what is being done ("Building the functions"), `usually` how long it takes
    /// ("about 2 minutes the first time"). [`Step::done`] ends it; a step that is dropped before that has
    /// failed and prints no final line.
    #[must_use]
    pub fn begin(&self, doing: &str, usually: &str) -> Step {
        let state = State { doing: doing.to_owned(), counted: None, detail: usually.to_owned() };
        let state = Arc::new(Mutex::new(state));
        let start = Instant::now();
        let moving = match &self.0 {
            Shown::Nowhere => Moving::Nowhere,
            Shown::Terminal(lines) => Moving::Bar(bar(lines, doing, usually)),
            Shown::Lines(_) => {
                self.line(&if usually.is_empty() {
                    doing.to_owned()
                } else {
                    format!("{doing} ({usually})")
                });
                Moving::Ticker(ticker(self.clone(), Arc::clone(&state), start).abort_handle())
            }
        };
        Step { steps: self.clone(), state, start, moving }
    }

    /// Prints a line that stays.
    pub fn say(&self, text: &str) {
        self.line(text);
    }

    fn line(&self, text: &str) {
        let text = escape::lines(text);
        // A failure to print must not stop the work.
        let _ = match &self.0 {
            Shown::Nowhere => Ok(()),
            Shown::Terminal(lines) => lines.println(text),
            Shown::Lines(out) => {
                let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
                writeln!(out, "{text}").and_then(|()| out.flush())
            }
        };
    }
}

/// A running step.
#[derive(Debug)]
pub struct Step {
    steps: Steps,
    state: Arc<Mutex<State>>,
    start: Instant,
    moving: Moving,
}

#[derive(Debug)]
enum Moving {
    Nowhere,
    Bar(ProgressBar),
    Ticker(AbortHandle),
}

#[derive(Debug)]
struct State {
    doing: String,
    counted: Option<Counted>,
    detail: String,
}

/// A step's progress.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted {
    done: u64,
    total: u64,
    unit: &'static str,
}

impl Step {
    /// Sets the progress: `done` of `total` things, such as crates or artists.
    pub fn counted(&self, done: u64, total: u64, unit: &'static str) {
        let mut state = self.state();
        if let Moving::Bar(bar) = &self.moving {
            if state.counted.is_none() {
                bar.set_style(style(COUNTING));
            }
            bar.set_length(total);
            bar.set_position(done);
        }
        state.counted = Some(Counted { done, total, unit });
    }

    /// Sets further details to show.
    pub fn detail(&self, detail: &str) {
        if let Moving::Bar(bar) = &self.moving {
            bar.set_message(escape::line(detail).into_owned());
        }
        detail.clone_into(&mut self.state().detail);
    }

    /// Ends the step; `done` says in the past tense what was done ("Built the functions").
    pub fn done(self, done: &str) {
        let took = words::time(self.start.elapsed());
        self.end();
        self.steps.line(&format!("{done} in {took}."));
    }

    /// The output that the step belongs to.
    pub fn steps(&self) -> &Steps {
        &self.steps
    }

    fn end(&self) {
        match &self.moving {
            Moving::Nowhere => {}
            Moving::Bar(bar) => bar.finish_and_clear(),
            Moving::Ticker(ticker) => ticker.abort(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.end();
    }
}

fn bar(lines: &MultiProgress, doing: &str, usually: &str) -> ProgressBar {
    let bar = lines.add(ProgressBar::no_length().with_style(style(SPINNING)));
    bar.set_prefix(escape::line(doing).into_owned());
    bar.set_message(escape::line(usually).into_owned());
    bar.enable_steady_tick(TURN);
    bar
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants of this file, and a test parses both.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
        .progress_chars("━╸─")
        .with_key("left", |state: &ProgressState, out: &mut dyn fmt::Write| {
            if let Some(left) = left(state.pos(), state.len().unwrap_or(0), state.elapsed()) {
                let _ = write!(out, ", {left}");
            }
        })
}

/// How long a step will go on if it goes on as it has so far, in words.
fn left(done: u64, total: u64, elapsed: Duration) -> Option<String> {
    if done == 0 || done >= total || elapsed < TOO_EARLY {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let share = (total - done) as f64 / done as f64;
    let left = elapsed.mul_f64(share.min(1e6));
    Some(match left.as_secs() {
        // Nobody believes tenths of an estimate.
        seconds @ 0..10 => format!("about {} s left", seconds.max(1)),
        _ => format!("about {} left", words::time(left)),
    })
}

/// Prints a line every few seconds until it is aborted.
fn ticker(steps: Steps, state: Arc<Mutex<State>>, start: Instant) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.tick().await;
        loop {
            ticks.tick().await;
            let line = still(&state.lock().unwrap_or_else(PoisonError::into_inner), start.elapsed());
            steps.line(&line);
        }
    })
}

/// The plain line of a running step.
fn still(state: &State, elapsed: Duration) -> String {
    let State { doing, counted, detail } = state;
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    if let Some(Counted { done, total, unit }) = counted {
        parts.push(format!("{} of {} {unit}", words::number(*done), words::number(*total)).into());
    }
    parts.push(format!("{} so far", words::time(elapsed)).into());
    let left = counted.as_ref().and_then(|counted| left(counted.done, counted.total, elapsed));
    parts.extend(left.map(Cow::from));
    if !detail.is_empty() {
        parts.push(escape::line(detail));
    }
    format!("{doing}: {}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(out: &Arc<Mutex<Vec<u8>>>) -> String {
        String::from_utf8(out.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn both_templates_parse() {
        for template in [SPINNING, COUNTING] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }

    #[tokio::test]
    async fn a_step_without_a_terminal_prints_a_line_at_both_ends() {
        let out = Arc::new(Mutex::new(Vec::new()));
        let steps = Steps::written_to(out.clone());
        let step = steps.begin("Building the functions", "about 2 minutes the first time");
        step.counted(3, 10, "crates");
        step.done("Built the functions");
        assert_eq!(
            written(&out),
            "Building the functions (about 2 minutes the first time)\nBuilt the functions in 0.0 s.\n"
        );
    }

    #[tokio::test]
    async fn a_failed_step_prints_no_final_line() {
        let out = Arc::new(Mutex::new(Vec::new()));
        drop(Steps::written_to(out.clone()).begin("Starting MiniStack", ""));
        assert_eq!(written(&out), "Starting MiniStack\n");
    }

    #[test]
    fn an_intermediate_line_shows_count_time_and_detail() {
        let mut state = State { doing: "Collecting".to_owned(), counted: None, detail: String::new() };
        assert_eq!(still(&state, Duration::from_secs(12)), "Collecting: 12 s so far");
        state.counted = Some(Counted { done: 1234, total: 20_000, unit: "artists" });
        state.detail = "37 requests a second\u{1b}[2J".to_owned();
        assert_eq!(
            still(&state, Duration::from_secs(95)),
            "Collecting: 1,234 of 20,000 artists, 1 min 35 s so far, about 24 min 4 s left, \
             37 requests a second\\u{1b}[2J"
        );
    }

    #[test]
    fn the_time_left_is_shown_once_it_can_be_estimated() {
        let after = |done, total, elapsed| left(done, total, Duration::from_secs(elapsed));
        assert_eq!((after(0, 10, 60), after(5, 10, 4), after(10, 10, 60)), (None, None, None));
        assert_eq!(after(5, 10, 60).as_deref(), Some("about 1 min left"));
        assert_eq!(after(99, 100, 10).as_deref(), Some("about 1 s left"));
        assert_eq!(after(1, u64::MAX, 10).as_deref(), Some("about 115 days 17 h left"));
    }

    #[tokio::test]
    async fn quiet_steps_print_nothing_and_still_count() {
        let step = Steps::quiet().begin("Collecting", "");
        step.counted(1, 2, "artists");
        step.done("Collected");
    }
}
