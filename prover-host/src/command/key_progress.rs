//! `KeyProgress`: how far the generation of keys has got, where a person or a program looks.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

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
            tenths: AtomicU64::new(0),
        })
    }
}

struct KeyBar {
    bar: Box<dyn Bar>,
    site: Arc<Site>,
    what: String,
    length: u64,
    /// How many tenths the log has told of.
    tenths: AtomicU64,
}

impl Bar for KeyBar {
    fn reach(&self, done: u64) {
        self.bar.reach(done);
        let (what, length) = (&self.what, self.length);
        let tenths = (done * 10).checked_div(length).unwrap_or(10);
        // Threads report out of order.
        if tenths > self.tenths.fetch_max(tenths, Ordering::Relaxed) {
            let percent = tenths * 10;
            tracing::info!("{what}: {percent} %");
            self.site.say(format!("{what}: {percent} %"));
        }
    }
}
