//! Virtual time: tasks that only wait for moments, run in the order of those moments.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use collect::ports::Clock;
use jiff::Timestamp;

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Microseconds since the start, the order of waiting, and the waiting task.
type Wake = Reverse<(u64, u64, usize)>;

#[derive(Debug, Default)]
struct Inner {
    now: u64,
    asked: u64,
    running: usize,
    waiting: BinaryHeap<Wake>,
}

/// A clock that jumps from one awaited moment to the next.
#[derive(Clone, Debug, Default)]
pub(crate) struct VirtualTime(Arc<Mutex<Inner>>);

impl VirtualTime {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A clock that starts `start` after its beginning.
    pub(crate) fn starting_at(start: Duration) -> Self {
        let time = Self::default();
        time.inner().now = u64::try_from(start.as_micros()).unwrap_or(u64::MAX);
        time
    }

    /// Time since the clock's beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        Duration::from_micros(self.inner().now)
    }

    /// Waits until `moment` after the clock's beginning.
    pub(crate) async fn until(&self, moment: Duration) {
        let due = u64::try_from(moment.as_micros()).unwrap_or(u64::MAX);
        let mut asked = false;
        poll_fn(|_| {
            let mut inner = self.inner();
            if inner.now >= due {
                return Poll::Ready(());
            }
            if !std::mem::replace(&mut asked, true) {
                inner.asked += 1;
                let wake = Reverse((due, inner.asked, inner.running));
                inner.waiting.push(wake);
            }
            Poll::Pending
        })
        .await;
    }

    /// Runs `tasks` until `end`.
    pub(crate) fn run(&self, mut tasks: Vec<Task>, end: Duration) {
        for task in 0..tasks.len() {
            self.poll(&mut tasks, task);
        }
        let end = u64::try_from(end.as_micros()).unwrap_or(u64::MAX);
        loop {
            let Some(Reverse((due, _, task))) =
                self.inner().waiting.pop().filter(|Reverse((due, ..))| *due <= end)
            else {
                return;
            };
            self.inner().now = due;
            self.poll(&mut tasks, task);
        }
    }

    fn poll(&self, tasks: &mut [Task], task: usize) {
        self.inner().running = task;
        let _ended = tasks[task].as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
}

impl Clock for VirtualTime {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + self.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        self.until(self.elapsed() + duration.max(Duration::from_micros(1))).await;
    }
}
