//! What the schedule makes happen: a run is opened weekly, and a tick every minute tops the window up, gives
//! lost terms back and closes the run.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::closing::close;
use super::expiring;
use super::seeding::{has_leaves, seed};
use crate::dispatch::{Dispatched, all_held, dispatch, give_back_expired};
use crate::plan::stop::End;
use crate::plan::{hydrate, refresh, sample, stop, tracks};
use crate::ports::{Clock, Control, Frontier, Opening, Overview, PortError, Scheduling};
use crate::run::{GenreTracks, Latest, Run};
use crate::settings::Settings;
use crate::term::{Operator, RunId, Term};

/// Nothing ready or sent must have been seen twice, this far apart, before a run is closed: longer than an
/// index lags.
const IDLE_BEFORE_CLOSE: SignedDuration = SignedDuration::from_secs(1);

/// A tick begins nothing that could not end within this time: the next one goes on.
const TICK: Duration = Duration::from_secs(50);

/// What a tick did.
#[derive(Clone, Debug, PartialEq)]
pub enum Tick {
    /// No run is open.
    NoRun,
    /// Every bucket is held; nothing else was read.
    OnHold {
        /// The run that waits.
        run: RunId,
    },
    /// Terms are left.
    Working {
        /// The run that goes on.
        run: RunId,
        /// Terms whose lease had ended.
        given_back: usize,
        /// What was sent.
        dispatched: Dispatched,
    },
    /// Nothing is ready or sent; the run is closed if that stays so.
    Idle {
        /// The run that may be over.
        run: RunId,
    },
    /// Nothing is left to ask. So many terms are counted, and the next tick goes on.
    Counting {
        /// The run that is being closed.
        run: RunId,
        /// Terms that are counted.
        terms: u64,
    },
    /// The run was closed.
    Closed(Box<Run>),
}

/// Opens the run `id` unless one is open or this one was before, and begins to work it.
pub async fn open_run<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    id: RunId,
) -> Result<(Opening, Tick), PortError> {
    open_as(ports, settings, id, GenreTracks::None).await
}

/// The same for a run that asks for the tracks of genres, if `tracks` says so.
pub(super) async fn open_as<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    id: RunId,
    tracks: GenreTracks,
) -> Result<(Opening, Tick), PortError> {
    let mut run = Run { tracks, ..Run::open(id, ports.clock().now()) };
    let last = ports.control().overview().await?.run.filter(|run| !run.is_running());
    run.previous = last.as_ref().map(|last| last.id.clone());
    run.for_artists = last.as_ref().and_then(Run::last_for_artists).map(Box::new);
    if let Some(last) = last {
        if has_leaves(ports, settings, &last, run.opened_at).await? {
            run.leaves_lack_not = !last.found_to_work(Operator::Not);
            run.unasked_first = last.grew_too_old(settings.retention);
            run.earlier_closed = last.closed_at;
            run.earlier = Some(last.id);
        } else if last.hands_leaves_on(settings.retention, run.opened_at) {
            run.leaves_lack_not = last.leaves_lack_not;
            run.unasked_first = last.unasked_first;
            run.earlier_closed = last.earlier_closed;
            run.earlier = last.earlier;
        }
    }
    let opening = ports.control().open(&run).await?;
    Ok((opening, tick(ports, settings).await?))
}

/// One minute's work on the open run.
pub async fn tick<P: Scheduling>(ports: &P, settings: &Settings) -> Result<Tick, PortError> {
    tick_observed(ports, settings, |_| ()).await
}

/// One minute's work on the open run; `observe` is shown what the tick's one read of the control table said.
pub async fn tick_observed<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    observe: impl FnOnce(&Overview),
) -> Result<Tick, PortError> {
    let deadline = ports.clock().now() + TICK;
    let mut overview = ports.control().overview().await?;
    // Before anybody looks: a day that what is allowed now has used up is a hold.
    overview.pace.allow(settings.pacing);
    observe(&overview);
    let settings = &settings.of_run(overview.open_run());
    let tick = match overview.open_run().cloned() {
        // Boxed, since the reports in it would make every caller a large future.
        Some(run) => Box::pin(go_on(ports, settings, run, &overview, deadline)).await?,
        None => Tick::NoRun,
    };
    expiring::go_on(ports, settings, &overview, deadline).await?;
    Ok(tick)
}

/// Brings the open run on.
async fn go_on<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    mut run: Run,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<Tick, PortError> {
    if run.stopped.is_some() {
        return close(ports, settings, run, overview, deadline).await;
    }
    if let Some(reason) = reason_to_stop(settings, &run, overview, ports.clock().now()) {
        ports.control().stop(&run.id, &reason).await?;
        let run = Run { stopped: Some(reason), ..run };
        return close(ports, settings, run, overview, deadline).await;
    }
    if !run.seeded {
        // The rest of the tick dispatches the best of what there is by then.
        run = seed(ports, settings, run, deadline - settings.request_time).await?;
    } else if all_held(overview, settings.sources, ports.clock().now()) {
        return Ok(Tick::OnHold { run: run.id });
    }
    advance(ports, settings, run, overview, deadline).await
}

/// Why the run must end before everything is asked, if it must.
pub(super) fn reason_to_stop(
    settings: &Settings,
    run: &Run,
    overview: &Overview,
    now: Timestamp,
) -> Option<String> {
    let by_rule = || match stop::end(settings, &overview.yields()) {
        End::Reached(reason) => Some(reason),
        End::Far | End::Near => None,
    };
    run.is_too_old(settings.retention, now).or_else(by_rule)
}

async fn advance<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: Run,
    overview: &Overview,
    deadline: Timestamp,
) -> Result<Tick, PortError> {
    forget_old_yields(ports, &run.id, overview).await?;
    let given_back = give_back_expired(ports, &run.id, ports.clock().now()).await?;
    let dispatched = dispatch(ports, settings, &run.id, overview, deadline).await?;
    if given_back + dispatched.in_window + dispatched.ready > 0 || !run.seeded {
        if run.idle_since.is_some() {
            ports.control().mark_idle(&run.id, None).await?;
        }
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    if put_sample(ports, settings, &run.id, overview).await? > 0 {
        // Everything was asked: a sample tells how much of everything that was.
        let dispatched = dispatch(ports, settings, &run.id, overview, deadline).await?;
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    if put_last(ports, settings, &run.id).await? > 0 {
        let dispatched = dispatch(ports, settings, &run.id, overview, deadline).await?;
        return Ok(Tick::Working { run: run.id, given_back, dispatched });
    }
    let now = ports.clock().now();
    match run.idle_since {
        Some(since) if now.duration_since(since) >= IDLE_BEFORE_CLOSE => {
            close(ports, settings, run, overview, deadline).await
        }
        Some(_) => Ok(Tick::Idle { run: run.id }),
        None => {
            ports.control().mark_idle(&run.id, Some(now)).await?;
            Ok(Tick::Idle { run: run.id })
        }
    }
}

/// Puts the terms of the sample, where one can be drawn. Returns how many were new.
async fn put_sample<P: Scheduling>(
    ports: &P,
    settings: &Settings,
    run: &RunId,
    overview: &Overview,
) -> Result<usize, PortError> {
    let terms = sample::terms(settings, run, overview.operators());
    if terms.is_empty() { Ok(0) } else { ports.frontier().put_new(&terms).await }
}

/// Puts what comes last, where the operator wants it: the term that asks for the audio features of tracks,
/// the one that looks for artists which were not seen for long, and the one that completes whoever is left.
/// Returns how many terms were new.
async fn put_last<P: Scheduling>(ports: &P, settings: &Settings, run: &RunId) -> Result<usize, PortError> {
    let terms: Vec<Term> = tracks::ask_features(settings, run)
        .into_iter()
        .chain(refresh::look_for_stale(settings, run))
        .chain(hydrate::complete_the_rest(settings, run))
        .collect();
    if terms.is_empty() { Ok(0) } else { ports.frontier().put_new(&terms).await }
}

/// Lets what the sources brought long ago count less.
async fn forget_old_yields<P: Scheduling>(
    ports: &P,
    run: &RunId,
    overview: &Overview,
) -> Result<(), PortError> {
    let old = overview.yields().forgetting();
    if old.0.is_empty() { Ok(()) } else { ports.control().note_yields(run, &old, &Latest::default()).await }
}
