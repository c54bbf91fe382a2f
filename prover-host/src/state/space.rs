//! `SpaceGuard`: how much room a data folder has left, and for how long.
//!
//! A database whose disk is full stops in the middle of what it does. So the host stops before that, with
//! room left for what has begun, and says days before that it will.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What is free on a disk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FreeSpace {
    /// Bytes that this process may still write.
    pub bytes: u64,
    /// Files that may still be made; `None` where the file system has no limit.
    pub files: Option<u64>,
}

/// Reads what is free on the disk of a folder.
type Read = dyn Fn(&Path) -> io::Result<FreeSpace> + Send + Sync;

/// How the room of a data folder is watched.
#[derive(Clone)]
pub struct SpaceGuard {
    min_free: u64,
    read: Arc<Read>,
}

/// How much room there is, and what follows from it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SpaceReport {
    /// What is free.
    pub free: FreeSpace,
    /// For how many whole days it lasts at the rate of the last hour; `None` where that is not known, or
    /// nothing is used up.
    pub days_left: Option<u64>,
    /// Whether somebody has to do something.
    pub warning: Option<SpaceWarning>,
}

/// Why somebody has to make room.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpaceWarning {
    /// There will be none left in a few days, or there is not much already.
    Low,
    /// There is less than is kept back: nothing more is made.
    Full,
}

impl FreeSpace {
    /// Asks the operating system.
    ///
    /// # Errors
    ///
    /// What it answers.
    #[cfg(unix)]
    pub fn of(folder: &Path) -> io::Result<Self> {
        let disk = rustix::fs::statvfs(folder)?;
        Ok(Self {
            bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            // Some have no table of files.
            files: (disk.f_files > 0).then_some(disk.f_favail),
        })
    }

    /// Asks the operating system.
    ///
    /// # Errors
    ///
    /// Always: it is not known how.
    #[cfg(not(unix))]
    pub fn of(_: &Path) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn least(self, other: Self) -> Self {
        let files = [self.files, other.files].into_iter().flatten().min();
        let bytes = self.bytes.min(other.bytes);
        Self { bytes, files }
    }

    /// Returns whole MiB.
    #[must_use]
    pub const fn mib(self) -> u64 {
        self.bytes / MIB
    }
}

impl SpaceGuard {
    /// What is kept free by default, in MiB: what proofs that have begun, two databases and their logs
    /// take, many times over.
    pub const DEFAULT_MIN_FREE_MIB: u32 = 256;

    /// Keeps this many MiB free; with 0 a host goes on until its disk is full.
    #[must_use]
    pub fn new(min_free_mib: u32) -> Self {
        Self {
            min_free: u64::from(min_free_mib) * MIB,
            read: Arc::new(FreeSpace::of),
        }
    }

    /// Asks `read` in place of the operating system.
    #[must_use]
    pub fn reading(
        self,
        read: impl Fn(&Path) -> io::Result<FreeSpace> + Send + Sync + 'static,
    ) -> Self {
        let read = Arc::new(read);
        Self { read, ..self }
    }

    /// Returns whether even what makes room is to stop: it takes some first, and of what is kept back half is left for the databases.
    pub(super) const fn is_half_gone(&self, free: FreeSpace) -> bool {
        let few_files = match free.files {
            Some(files) => self.min_free > 0 && files < MIN_FILES / 2,
            None => false,
        };
        free.bytes < self.min_free / 2 || few_files
    }

    /// Returns what is free where there is least; folders that are missing do not count.
    ///
    /// # Errors
    ///
    /// What the operating system answers.
    pub(super) fn read(&self, folders: &[impl AsRef<Path>]) -> io::Result<Option<FreeSpace>> {
        let mut least: Option<FreeSpace> = None;
        for folder in folders {
            match (self.read)(folder.as_ref()) {
                Ok(free) => least = Some(least.map_or(free, |least| least.least(free))),
                Err(missing) if missing.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(least)
    }
}

impl Default for SpaceGuard {
    fn default() -> Self {
        Self::new(0)
    }
}

impl fmt::Debug for SpaceGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut guard = f.debug_struct("SpaceGuard");
        guard
            .field("min_free", &self.min_free)
            .finish_non_exhaustive()
    }
}

/// What was free when, and what was concluded.
#[derive(Debug, Default)]
pub(super) struct SpaceWatch {
    /// From the oldest on, a minute apart.
    samples: VecDeque<(Duration, u64)>,
    report: Option<SpaceReport>,
}

impl SpaceWatch {
    /// Returns what was concluded last.
    pub(super) const fn report(&self) -> Option<SpaceReport> {
        self.report
    }

    /// Concludes what follows from what is free now; `at` is the time since the start.
    pub(super) fn look(
        &mut self,
        guard: &SpaceGuard,
        at: Duration,
        free: FreeSpace,
    ) -> SpaceReport {
        let last = self.samples.back().map(|(last, _)| *last);
        if last.is_none_or(|last| at.saturating_sub(last) >= SAMPLE) {
            self.samples.push_back((at, free.bytes));
            if self.samples.len() > SAMPLES {
                self.samples.pop_front();
            }
        }
        let was_full = self.report.and_then(|report| report.warning) == Some(SpaceWarning::Full);
        let days_left = self.days_left(guard.min_free, at, free.bytes);
        let min_files = if guard.min_free == 0 { 0 } else { MIN_FILES };
        // Once stopped, it goes on when there is a little more, and not on and off.
        let (min_free, min_files) = if was_full {
            (guard.min_free + guard.min_free / 8, 2 * min_files)
        } else {
            (guard.min_free, min_files)
        };
        let is_below =
            |bytes, files| free.bytes < bytes || free.files.is_some_and(|free| free < files);
        let warning = if is_below(min_free, min_files) {
            Some(SpaceWarning::Full)
        } else if is_below(4 * guard.min_free, 16 * min_files)
            || days_left.is_some_and(|days| days < WARN_DAYS)
        {
            Some(SpaceWarning::Low)
        } else {
            None
        };
        let report = SpaceReport {
            free,
            days_left,
            warning,
        };
        self.report = Some(report);
        report
    }

    fn days_left(&self, min_free: u64, at: Duration, free: u64) -> Option<u64> {
        let (since, before) = *self.samples.front()?;
        let passed = at.checked_sub(since).filter(|passed| *passed >= SHORTEST)?;
        let used = before.checked_sub(free).filter(|used| *used > 0)?;
        let left = u128::from(free.saturating_sub(min_free));
        let seconds = left * u128::from(passed.as_secs()) / u128::from(used);
        u64::try_from(seconds / DAY_S).ok()
    }
}

impl SpaceReport {
    /// Returns what an operator has to know; `None` if all is well.
    #[must_use]
    pub fn says(&self, folder: &Path, guard: &SpaceGuard) -> Option<String> {
        let (disk, mib) = (folder.display(), self.free.mib());
        let files = self.free.files.filter(|files| *files < 16 * MIN_FILES);
        let free = match files {
            Some(files) if guard.min_free > 0 => format!("{mib} MiB and {files} files are free"),
            _ => format!("{mib} MiB are free"),
        };
        let advice = "free some, or keep fewer proofs with --retain";
        match self.warning? {
            SpaceWarning::Full => Some(format!(
                "{free} on the disk of {disk}, and {} MiB are kept back (--min-free): nothing more is \
                 made until there is more; {advice}",
                guard.min_free / MIB
            )),
            SpaceWarning::Low => {
                let lasts = match self.days_left {
                    Some(0) => {
                        ", enough for less than a day at the rate of the last hour".to_owned()
                    }
                    Some(days @ 1..WARN_DAYS) => {
                        format!(", enough for about {days} days at the rate of the last hour")
                    }
                    _ => String::new(),
                };
                Some(format!("{free} on the disk of {disk}{lasts}: {advice}"))
            }
        }
    }
}

const MIB: u64 = 1 << 20;
/// Files that are kept back: a proof each, and what databases make beside themselves.
const MIN_FILES: u64 = 64;
/// Fewer days than this are worth a warning: a weekend, and a day to act.
const WARN_DAYS: u64 = 3;
const DAY_S: u128 = 86_400;
/// How far samples are apart, and how many of them are an hour.
const SAMPLE: Duration = Duration::from_secs(60);
const SAMPLES: usize = 61;
/// A rate over less time says nothing.
const SHORTEST: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    fn free(mib: u64) -> FreeSpace {
        let (bytes, files) = (mib * MIB, None);
        FreeSpace { bytes, files }
    }

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn stops_below_what_is_kept_back_and_goes_on_when_there_is_a_little_more() {
        let (guard, mut watch) = (SpaceGuard::new(256), SpaceWatch::default());
        let mut warning = |mib| watch.look(&guard, Duration::ZERO, free(mib)).warning;
        assert_eq!(warning(1024), None);
        assert_eq!(warning(1023), Some(SpaceWarning::Low));
        assert_eq!(warning(256), Some(SpaceWarning::Low));
        assert_eq!(warning(255), Some(SpaceWarning::Full));
        assert_eq!(warning(287), Some(SpaceWarning::Full));
        assert_eq!(warning(288), Some(SpaceWarning::Low));
        assert_eq!(warning(1024), None);
    }

    #[test]
    fn stops_where_no_more_files_can_be_made() {
        let (guard, mut watch) = (SpaceGuard::new(256), SpaceWatch::default());
        let mut warning = |files| {
            let files = Some(files);
            let free = FreeSpace {
                files,
                ..free(10_000)
            };
            watch.look(&guard, Duration::ZERO, free).warning
        };
        assert_eq!(warning(1024), None);
        assert_eq!(warning(1023), Some(SpaceWarning::Low));
        assert_eq!(warning(63), Some(SpaceWarning::Full));
        assert_eq!(warning(127), Some(SpaceWarning::Full));
        assert_eq!(warning(128), Some(SpaceWarning::Low));
    }

    #[test]
    fn what_makes_room_goes_on_until_half_of_what_is_kept_back_is_gone() {
        let guard = SpaceGuard::new(256);
        assert!(!guard.is_half_gone(free(128)) && guard.is_half_gone(free(127)));
        let files = |files| FreeSpace {
            files: Some(files),
            ..free(10_000)
        };
        assert!(!guard.is_half_gone(files(32)) && guard.is_half_gone(files(31)));
        let none = FreeSpace {
            bytes: 0,
            files: Some(0),
        };
        assert!(!SpaceGuard::new(0).is_half_gone(none));
    }

    #[test]
    fn with_nothing_kept_back_it_never_stops() {
        let (guard, mut watch) = (SpaceGuard::new(0), SpaceWatch::default());
        let none = FreeSpace {
            bytes: 0,
            files: Some(0),
        };
        assert_eq!(watch.look(&guard, Duration::ZERO, none).warning, None);
    }

    #[test]
    fn warns_days_before_at_the_rate_of_the_last_hour() {
        let (guard, mut watch) = (SpaceGuard::new(0), SpaceWatch::default());
        // A mebibyte a minute for an hour, then ten; there is enough for 100 days at first.
        let mut left = 100 * 24 * 60;
        let mut look = |minute: u64, used: u64| {
            left -= used;
            watch.look(&guard, minutes(minute), free(left))
        };
        assert_eq!(look(0, 0).days_left, None);
        assert_eq!(look(9, 9).days_left, None);
        assert_eq!(look(10, 1).days_left, Some(99));
        for minute in 11..=60 {
            assert_eq!(look(minute, 1).warning, None);
        }
        let faster: Vec<_> = (61..=121).map(|minute| look(minute, 10)).collect();
        assert_eq!(faster.last().unwrap().days_left, Some(9));
        // What is used up fast enough is warned about, and what is freed is not used up.
        let last = look(122, 120_000);
        assert_eq!(last.days_left, Some(0));
        assert_eq!(last.warning, Some(SpaceWarning::Low));
        let text = last.says(Path::new("data"), &guard).unwrap();
        assert!(
            text.contains("less than a day") && text.contains("--retain"),
            "{text}"
        );
        watch.look(&guard, minutes(123), free(1 << 30));
        assert_eq!(watch.report().unwrap().days_left, None);
        assert_eq!(
            watch.report().unwrap().says(Path::new("data"), &guard),
            None
        );
    }

    #[test]
    fn the_disk_with_least_room_counts_and_a_missing_folder_does_not() {
        let guard = SpaceGuard::new(1).reading(|folder| match folder.to_str() {
            Some("a") => Ok(free(7)),
            Some("b") => Ok(FreeSpace {
                files: Some(3),
                ..free(9)
            }),
            Some("missing") => Err(io::ErrorKind::NotFound.into()),
            _ => Err(io::ErrorKind::PermissionDenied.into()),
        });
        let least = guard.read(&["missing", "a", "b"]).unwrap().unwrap();
        assert_eq!((least.bytes, least.files), (7 * MIB, Some(3)));
        assert_eq!(guard.read(&["missing"]).unwrap(), None);
        assert!(guard.read(&["a", "other"]).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_operating_system_knows() {
        let dir = tempfile::tempdir().unwrap();
        assert!(FreeSpace::of(dir.path()).unwrap().bytes > 0);
        assert!(FreeSpace::of(&dir.path().join("missing")).is_err());
    }
}
