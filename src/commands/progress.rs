//! How far a long command is, on a terminal that a person watches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::console::Console;

/// Nothing is shown before this has passed.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);
const WIDTH: usize = 30;

/// A bar that goes away when it is dropped.
pub struct Progress {
    state: Arc<State>,
    painter: Option<JoinHandle<()>>,
}

struct State {
    done: AtomicUsize,
    all: usize,
    what: &'static str,
    is_over: AtomicBool,
}

impl Progress {
    /// `what` is the plural of what is counted.
    pub fn start(console: &Console, all: usize, what: &'static str) -> Self {
        let state = Arc::new(State { done: AtomicUsize::new(0), all, what, is_over: AtomicBool::new(false) });
        let painted = state.clone();
        let terminal = console.is_watched().then(|| console.clone());
        let painter = terminal.map(|terminal| std::thread::spawn(move || paint(&painted, &terminal)));
        Self { state, painter }
    }

    /// Of a work whose size is not known: only the time is shown.
    pub fn waiting(console: &Console, what: &'static str) -> Self {
        Self::start(console, 0, what)
    }

    pub fn step(&self) {
        self.state.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::Relaxed);
        if let Some(painter) = self.painter.take() {
            painter.thread().unpark();
            // A painter that failed has no more to show.
            drop(painter.join());
        }
    }
}

fn paint(state: &State, terminal: &Console) {
    let since = Instant::now();
    std::thread::park_timeout(PATIENCE);
    let mut is_shown = false;
    while !state.is_over.load(Ordering::Relaxed) {
        if state.all == 0 {
            terminal.complain(&format!("\r{}, {} s", state.what, since.elapsed().as_secs()));
            is_shown = true;
            std::thread::park_timeout(TICK);
            continue;
        }
        let done = state.done.load(Ordering::Relaxed);
        let filled = WIDTH * done / state.all.max(1);
        let bar = format!("{:<WIDTH$}", "=".repeat(filled));
        terminal.complain(&format!("\r[{bar}] {done} of {} {}", state.all, state.what));
        is_shown = true;
        std::thread::park_timeout(TICK);
    }
    if is_shown {
        terminal.complain("\r\x1b[K");
    }
}
