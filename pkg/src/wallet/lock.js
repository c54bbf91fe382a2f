/**
 * Does `work` while no other tab does any under this name, where the browser has locks; it does not wait long for one.
 * This spares tries, and nothing depends on it: what keeps two signers apart is their store.
 */
export async function locked(name, work) {
  const { locks } = globalThis.navigator ?? {};
  if (typeof name !== "string" || !locks) return work();
  let done;
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    await locks.request(`rpp-wallet ${name}`, { signal }, () => (done = work()));
  } catch {
    // Another tab holds it for long, or has taken it away; or this is what the work throws.
  }
  return (done ??= work());
}

const PATIENCE_MS = 2_000;
