//! Those who answer: a few threads of the server, each with threads of its own to work with, so that a request that takes long
//! holds up no other.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use anyhow::{Context, Result};
use rayon::{ThreadPool, ThreadPoolBuilder};
use tokio::sync::Semaphore;

use crate::commands::review::options::Stop;

/// Requests that are answered at once; further ones wait.
pub const AT_ONCE: usize = 4;
/// Threads that one of them has at most.
const THREADS: usize = 4;
/// Bytes of stack, as the commands have them. The memory is only reserved.
const STACK: usize = 128 << 20;

/// Threads for requests.
pub struct Workers {
    idle: Mutex<Vec<ThreadPool>>,
    count: Semaphore,
}

impl Workers {
    /// # Errors
    /// If the system has no threads.
    pub fn start(threads: usize) -> Result<Self> {
        let wanted = if threads == 0 { rayon::current_num_threads() } else { threads };
        let pool = |_| ThreadPoolBuilder::new().num_threads(wanted.clamp(1, THREADS)).stack_size(STACK).build();
        let idle = (0..AT_ONCE).map(pool).collect::<Result<_, _>>().context("cannot start threads")?;
        Ok(Self { idle: Mutex::new(idle), count: Semaphore::new(AT_ONCE) })
    }

    /// Does some work when a worker is idle; `None` if it panics, which the hook for panics tells. Work that is taken back
    /// while it waits is not begun, and what goes on is asked to stop.
    pub async fn work<T: Send + 'static>(
        &self,
        taken_back: impl Future<Output = ()>,
        stop: &Stop,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let mut taken_back = pin!(taken_back);
        let mut permit = pin!(self.count.acquire());
        let first = poll_fn(|context| match taken_back.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(None),
            Poll::Pending => permit.as_mut().poll(context).map(Some),
        });
        let _permit = first.await?.ok()?;
        let pool = self.idle().pop()?;
        let worked = tokio::task::spawn_blocking(move || {
            let done = pool.install(|| catch_unwind(AssertUnwindSafe(work)));
            (done.ok(), pool)
        });
        let mut worked = pin!(worked);
        let ended = poll_fn(|context| {
            if !stop.is_asked() && taken_back.as_mut().poll(context).is_ready() {
                stop.ask();
            }
            worked.as_mut().poll(context)
        });
        let (done, pool) = ended.await.ok()?;
        self.idle().push(pool);
        done
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<ThreadPool>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
