//! A few lines that are refreshed in place.

use std::{
    cell::RefCell,
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{escape, note};

/// Pause between two refreshes without a terminal.
const EVERY: Duration = Duration::from_secs(10);

/// The lines: in place on a terminal, otherwise printed every few seconds. They disappear when this is
/// dropped.
#[derive(Debug)]
pub struct Live {
    bar: Option<ProgressBar>,
    shown: RefCell<Option<Instant>>,
}

impl Live {
    /// Lines on standard error.
    pub fn on_standard_error() -> Self {
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            // A minimal template; if it fails to parse, the fallback adds only a spinner.
            bar.with_style(
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
            )
        });
        Self { bar, shown: RefCell::new(None) }
    }

    /// Replaces the lines shown.
    pub fn show(&self, text: &str) {
        if let Some(bar) = &self.bar {
            bar.set_message(escape::lines(text).into_owned());
            return;
        }
        let mut shown = self.shown.borrow_mut();
        if shown.is_none_or(|shown| shown.elapsed() >= EVERY) {
            *shown = Some(Instant::now());
            note(text);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
