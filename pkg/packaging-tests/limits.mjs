// How long a step may take: a guard against hangs, and nothing that a slow machine should ever meet.
export const LIMIT_MS = 10 * 60_000;

const steps = [];

/** Runs one step, within the limit; prints what it returns, and how long it took. */
export async function step(name, work) {
  const start = performance.now();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name}: no end after ${LIMIT_MS / 1000} s`)), LIMIT_MS);
  });
  try {
    const note = await Promise.race([work(), late]);
    const seconds = (performance.now() - start) / 1000;
    steps.push({ name, seconds });
    console.log(`PASS ${name} (${seconds.toFixed(1)} s)${note ? `: ${note}` : ""}`);
  } catch (error) {
    const seconds = (performance.now() - start) / 1000;
    console.error(`FAIL ${name} (${seconds.toFixed(1)} s)`);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Prints what took longest. */
export function printSlowest() {
  const slowest = steps.toSorted((a, b) => b.seconds - a.seconds).slice(0, 3);
  const list = slowest.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)} s`);
  console.log(`slowest: ${list.join(", ")}`);
}
