//! `Outlet`: where log lines go. Whoever writes one neither waits nor fails.
//!
//! A thread of its own does the writing, from a queue with a bound. Lines that find the queue full, since the reader
//! stalls, or that cannot be written, since the reader has gone or the disk is full, are dropped and counted; once
//! writing works again a line says how many. `tracing-appender` counts only the first kind, says neither, and prints
//! to the standard streams when it ends.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A queue of lines to one stream, and the thread that writes them; clones share both.
#[derive(Clone)]
pub struct Outlet(Arc<Shared>);

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
    lost: AtomicU64,
}

#[derive(Default)]
struct Queue {
    entries: VecDeque<Entry>,
    /// Length of all entries.
    bytes: usize,
    is_writing: bool,
    /// Lines that were lost since the last time that a line said so.
    unsaid: u64,
    /// Whether the thread, once the queue is empty, is to say so without another line to write.
    may_say: bool,
}

struct Entry {
    text: Vec<u8>,
    kind: Kind,
    /// Lines that were lost before this one, which it says.
    lost_before: u64,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Kind {
    /// A line of the log, counted where it is lost.
    Line,
    /// A picture of the bars, which the next one replaces.
    Frame,
    /// Only how many lines were lost.
    Notice,
}

impl Outlet {
    /// Returns an outlet to standard error.
    ///
    /// It writes to a descriptor of its own: while it waits for a reader, others who write to
    /// standard error find no lock taken.
    #[must_use]
    pub fn to_stderr() -> Self {
        match own_descriptor(io::stderr()) {
            Ok(stderr) => Self::new(stderr),
            Err(_) => Self::new(io::stderr()),
        }
    }

    /// Returns an outlet to `stream`.
    #[must_use]
    pub fn new(stream: impl Write + Send + 'static) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
            lost: AtomicU64::new(0),
        });
        let writer = shared.clone();
        // Without the thread, which only a system short of memory refuses, every line is lost, and
        // counted.
        let _ = thread::Builder::new()
            .name("log".into())
            .spawn(move || writer.run(stream));
        Self(shared)
    }

    /// Queues a line, which ends with a line feed; drops and counts it where there is no room.
    pub fn line(&self, text: &[u8]) {
        self.0.push(text, Kind::Line, QUEUE_BYTES);
    }

    /// Queues a picture of the bars; drops it where the stream is behind.
    pub(crate) fn frame(&self, text: &[u8]) {
        self.0.push(text, Kind::Frame, FRAME_BYTES);
    }

    /// Returns how many lines were lost since the start.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Waits until everything queued is written, at most this long, and returns whether it is.
    pub fn flush(&self, within: Duration) -> bool {
        let deadline = Instant::now() + within;
        let mut queue = self.0.lock();
        while !queue.is_idle() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.0.changed.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, text: &[u8], kind: Kind, room: usize) {
        let mut queue = self.lock();
        if queue.bytes.saturating_add(text.len()) > room {
            self.lose(&mut queue, kind, 0);
            return;
        }
        let lost_before = match kind {
            Kind::Line => std::mem::take(&mut queue.unsaid),
            Kind::Frame | Kind::Notice => 0,
        };
        queue.bytes += text.len();
        queue.may_say = true;
        queue.entries.push_back(Entry {
            text: text.to_vec(),
            kind,
            lost_before,
        });
        drop(queue);
        self.changed.notify_all();
    }

    fn lose(&self, queue: &mut Queue, kind: Kind, lost_before: u64) {
        let line = u64::from(kind == Kind::Line);
        queue.unsaid += lost_before + line;
        self.lost.fetch_add(line, Ordering::Relaxed);
    }

    fn run(&self, mut stream: impl Write) {
        let mut is_torn = false;
        loop {
            let entry = self.next();
            let written = write(&mut stream, &entry, &mut is_torn);
            let mut queue = self.lock();
            queue.is_writing = false;
            if written.is_err() {
                self.lose(&mut queue, entry.kind, entry.lost_before);
            }
            drop(queue);
            self.changed.notify_all();
        }
    }

    fn next(&self) -> Entry {
        let mut queue = self.lock();
        loop {
            if let Some(entry) = queue.take() {
                queue.is_writing = true;
                return entry;
            }
            let changed = self.changed.wait(queue);
            queue = changed.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Queue {
    fn is_idle(&self) -> bool {
        self.entries.is_empty() && !self.is_writing && !self.has_notice()
    }

    fn has_notice(&self) -> bool {
        self.unsaid > 0 && self.may_say
    }

    fn take(&mut self) -> Option<Entry> {
        if let Some(entry) = self.entries.pop_front() {
            self.bytes -= entry.text.len();
            return Some(entry);
        }
        if !self.has_notice() {
            return None;
        }
        // Once for each time that the queue was empty: a stream that takes nothing is not asked on
        // and on.
        self.may_say = false;
        Some(Entry {
            text: Vec::new(),
            kind: Kind::Notice,
            lost_before: std::mem::take(&mut self.unsaid),
        })
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet")
            .field("lost", &self.lost())
            .finish_non_exhaustive()
    }
}

/// Writes an entry behind what it says about lost ones, on a line of its own where the last one was
/// cut.
fn write(stream: &mut impl Write, entry: &Entry, is_torn: &mut bool) -> io::Result<()> {
    let mut text = Vec::new();
    if *is_torn {
        text.push(b'\n');
    }
    if entry.lost_before > 0 {
        let lost = entry.lost_before;
        text.extend(format!("{lost} log lines were lost: nothing took them\n").bytes());
    }
    text.extend(&entry.text);
    let (written, result) = write_all(stream, &text);
    if written > 0 {
        *is_torn = result.is_err();
    }
    result
}

/// Writes all of `bytes`, also to a stream that does not block, and returns how far it came.
pub(crate) fn write_all(stream: &mut impl Write, bytes: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while let Some(rest) = bytes.get(written..).filter(|rest| !rest.is_empty()) {
        match stream.write(rest) {
            Ok(0) => return (written, Err(ErrorKind::WriteZero.into())),
            Ok(count) => written += count,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            // Whoever shares the descriptor made it non-blocking: there is nothing to wait on.
            Err(e) if e.kind() == ErrorKind::WouldBlock => thread::sleep(AGAIN),
            Err(e) => return (written, Err(e)),
        }
    }
    (written, stream.flush())
}

/// Returns a file on a duplicate of a standard stream's descriptor.
pub(crate) fn own_descriptor(stream: impl std::os::fd::AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}

/// Room for lines, some hundred bytes each.
const QUEUE_BYTES: usize = 256 << 10;
/// A picture of the bars is only worth showing while it is recent.
const FRAME_BYTES: usize = 16 << 10;
const AGAIN: Duration = Duration::from_millis(10);

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// A stream that takes a write only when it is told how.
    struct Told {
        orders: Receiver<io::Result<()>>,
        taken: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.orders.recv().unwrap_or(Ok(()))?;
            self.taken.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    type Taken = Arc<Mutex<Vec<u8>>>;

    fn outlet() -> (Outlet, SyncSender<io::Result<()>>, Taken) {
        let (order, orders) = sync_channel(64);
        let taken = Taken::default();
        let told = Told {
            orders,
            taken: taken.clone(),
        };
        (Outlet::new(told), order, taken)
    }

    fn text(taken: &Taken) -> String {
        String::from_utf8(taken.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_stalled_stream_costs_lines_and_stops_nobody() {
        let (outlet, order, taken) = outlet();
        let line = [b'a'; 1 << 10];
        for _ in 0..1000 {
            outlet.line(&line);
        }
        // 256 wait, and one may be with the stream.
        assert!((743..=744).contains(&outlet.lost()), "{}", outlet.lost());
        assert!(!outlet.flush(Duration::ZERO));
        // Whoever reads on finds what was queued, and then how much was not.
        drop(order);
        assert!(outlet.flush(Duration::from_secs(60)));
        let lost = outlet.lost();
        assert!(
            text(&taken).ends_with(&format!("a{lost} log lines were lost: nothing took them\n"))
        );
    }

    #[test]
    fn lost_lines_are_counted_and_said_once_writing_works_again() {
        let (outlet, order, taken) = outlet();
        let full = || io::Error::from(ErrorKind::StorageFull);
        // Each line is tried, then the notice, once.
        for _ in 0..4 {
            order.send(Err(full())).unwrap();
        }
        for line in ["one\n", "two\n"] {
            outlet.line(line.as_bytes());
            assert!(outlet.flush(Duration::from_secs(60)));
        }
        assert_eq!((outlet.lost(), text(&taken).as_str()), (2, ""));
        drop(order);
        outlet.line(b"three\n");
        outlet.line(b"four\n");
        assert!(outlet.flush(Duration::from_secs(60)));
        let expected = "2 log lines were lost: nothing took them\nthree\nfour\n";
        assert_eq!(text(&taken), expected);
        assert_eq!(outlet.lost(), 2);
    }

    #[test]
    fn a_line_that_was_cut_is_ended_before_the_next_one() {
        struct Disk(usize, Taken);
        impl Write for Disk {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let room = bytes.len().min(self.0);
                self.0 -= room;
                self.1.lock().unwrap().extend(&bytes[..room]);
                if room == 0 {
                    // Somebody makes room.
                    self.0 = 1000;
                    return Err(ErrorKind::StorageFull.into());
                }
                Ok(room)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let taken = Taken::default();
        let outlet = Outlet::new(Disk(3, taken.clone()));
        outlet.line(b"first\n");
        assert!(outlet.flush(Duration::from_secs(60)));
        outlet.line(b"second\n");
        assert!(outlet.flush(Duration::from_secs(60)));
        let text = text(&taken);
        let lost = "\n1 log lines were lost: nothing took them\n";
        assert_eq!(text, format!("fir{lost}second\n"));
    }

    #[test]
    fn pictures_of_bars_are_not_counted() {
        let (outlet, order, _) = outlet();
        for _ in 0..100 {
            outlet.frame(&[b'-'; 1 << 10]);
        }
        assert_eq!(outlet.lost(), 0);
        drop(order);
        assert!(outlet.flush(Duration::from_secs(60)));
    }
}
