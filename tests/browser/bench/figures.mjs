// Numbers out of measurements.

export const rounded = (x) => Math.round(x * 1000) / 1000;

export const median = (values) => percentile(values, 50);

/** Returns the nearest rank. */
export function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1];
}
