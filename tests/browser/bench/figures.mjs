// Numbers out of measurements.

export const rounded = (x) => Math.round(x * 1000) / 1000;

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
