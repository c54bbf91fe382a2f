//! `KeyProgress`: how far the generation of keys has got, where a person or a program looks.

use std::sync::{Arc, Mutex, PoisonError};

use rpp_devnet::{Bar, Progress};
use rpp_prover_host::http::Site;

/// Shows the bars of `inner`, and says the same at `/health/ready` and in the log: a thousand keys take
/// a minute, and nobody can tell a minute's silence from a host that hangs.
#[derive(Debug)]
pub(super) struct KeyProgress<P> {
    pub(super) inner: P,
    pub(super) site: Arc<Site>,
}

impl<P: Progress> Progress for KeyProgress<P> {
    fn begin(&self, what: String, length: u64) -> Box<dyn Bar> {
        Box::new(KeyBar {
            bar: self.inner.begin(what.clone(), length),
            site: self.site.clone(),
            what,
            length,
            tenths: Mutex::new(0),
        })
    }
}

struct KeyBar {
    bar: Box<dyn Bar>,
    site: Arc<Site>,
    what: String,
    length: u64,
    /// How many tenths the log has told of; locked until it has.
    tenths: Mutex<u64>,
}

impl Bar for KeyBar {
    fn reach(&self, done: u64) {
        self.bar.reach(done);
        let (what, length) = (&self.what, self.length);
        let tenths = (done * 10).checked_div(length).unwrap_or(10);
        // Threads report out of order.
        let mut said = self.tenths.lock().unwrap_or_else(PoisonError::into_inner);
        if tenths > *said {
            *said = tenths;
            let percent = tenths * 10;
            tracing::info!("{what}: {percent} %");
            self.site.say(format!("{what}: {percent} %"));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::thread;

    use rpp_devnet::Silent;
    use rpp_prover_host::clock::system_clock;
    use rpp_prover_host::http::Limits;
    use tokio_util::sync::CancellationToken;
    use tracing::Dispatch;
    use tracing::dispatcher::with_default;

    use super::*;

    #[derive(Debug)]
    struct Hidden;

    impl Progress for Hidden {
        fn begin(&self, what: String, length: u64) -> Box<dyn Bar> {
            Silent.begin(what, length)
        }
    }

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            // Whoever comes between the figure and its line does so here.
            for _ in 0..100 {
                thread::yield_now();
            }
            self.0.lock().unwrap().extend(text);
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn figures_only_grow_whichever_thread_reports_them() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone());
        let dispatch = Dispatch::new(subscriber.finish());
        let (limits, stop) = (Limits::of(8), CancellationToken::new());
        let progress = KeyProgress {
            inner: Hidden,
            site: Site::new(None, limits, system_clock, stop),
        };
        for _ in 0..20 {
            let bar = progress.begin("keys".into(), 100);
            thread::scope(|scope| {
                for first in 1..=8 {
                    let (bar, dispatch) = (&bar, &dispatch);
                    scope.spawn(move || {
                        with_default(dispatch, || {
                            (first..=100).step_by(8).for_each(|n| bar.reach(n));
                        });
                    });
                }
            });
            let text = String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap();
            let figure = |line: &str| -> u64 {
                let words: Vec<_> = line.split(' ').collect();
                words[words.len() - 2].parse().unwrap()
            };
            let figures: Vec<_> = text.lines().map(figure).collect();
            assert!(figures.is_sorted(), "{figures:?}");
            assert_eq!(figures.last(), Some(&100));
        }
    }
}
