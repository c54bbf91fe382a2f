// How long repetitions of one thing take, in milliseconds; percentiles are nearest ranks.
export function timings(count, work) {
  return summary(
    Array.from({ length: count }, () => {
      const start = performance.now();
      work();
      return performance.now() - start;
    }),
  );
}

/** Returns the first of `all`, and their percentiles. */
export function summary(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const rank = (percent) => sorted[Math.ceil((all.length * percent) / 100) - 1];
  const round = (ms) => Math.round(ms * 1000) / 1000;
  return { first: round(all[0]), p50: round(rank(50)), p95: round(rank(95)), count: all.length };
}
