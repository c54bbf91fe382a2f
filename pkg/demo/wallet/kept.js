// What this browser keeps beside the key file: nothing that would be missed.

/** Returns what was kept under a name, or `undefined`. */
export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Keeps a value under a name, where the browser lets it. */
export function remember(name, value) {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // It is asked again.
  }
}

/** Forgets what was kept under a name. */
export function forget(name) {
  try {
    localStorage.removeItem(name);
  } catch {
    // There is nothing to forget.
  }
}

/** Deletes a database; rejects where another tab does not let go of it. */
export function deleteDatabase(name) {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
    const late = () => reject(new Error("another tab has this wallet open: the key goes when that is closed"));
    request.onblocked = () => setTimeout(late, PATIENCE_MS);
  });
}

const PATIENCE_MS = 5_000;
