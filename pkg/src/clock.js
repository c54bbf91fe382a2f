/** The time of day, a clock that never goes back, and timers. */
export const systemClock = {
  unix: () => Date.now(),
  uptime: () => performance.now(),
  setTimeout: (work, ms) => setTimeout(work, Math.min(Math.max(ms, 0), MAX_TIMER_MS)),
  clearTimeout: (timer) => clearTimeout(timer),
};

// A longer timer fires at once.
const MAX_TIMER_MS = 2 ** 31 - 1;
