// How long repetitions of one thing take, in milliseconds; percentiles are nearest ranks.
export function timings(count, work) {
  const all = Array.from({ length: count }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  const sorted = all.toSorted((a, b) => a - b);
  const rank = (percent) => sorted[Math.ceil((count * percent) / 100) - 1];
  const round = (ms) => Math.round(ms * 1000) / 1000;
  return { first: round(all[0]), p50: round(rank(50)), p95: round(rank(95)), count };
}
