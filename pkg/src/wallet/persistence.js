// Whether the browser may clear what a site has stored when it needs room.

/** Asks the browser to keep it; nobody waits for the answer, which may be a user's. */
export function askToKeep() {
  // Only a page can ask.
  ask("persist");
}

/** Resolves to whether the browser keeps it until its user clears it; `null` where it does not say. */
export function isKept() {
  return ask("persisted");
}

async function ask(name) {
  try {
    return (await globalThis.navigator?.storage?.[name]?.()) ?? null;
  } catch {
    return null;
  }
}
