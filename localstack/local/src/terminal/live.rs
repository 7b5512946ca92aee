//! A few lines that are shown anew all the time.

use std::{
    cell::RefCell,
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{escape, note};

/// Pause between two showings where there is no terminal.
const EVERY: Duration = Duration::from_secs(10);

/// The lines: in place on a terminal, one after the other every few seconds elsewhere. They vanish when this is dropped.
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
            // The template is as short as can be; the fallback shows the same with a spinner.
            bar.with_style(
                ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_spinner()),
            )
        });
        Self { bar, shown: RefCell::new(None) }
    }

    /// Shows these lines instead of the last ones.
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
