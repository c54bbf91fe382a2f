// What the page's address says: `#root=…&host=…` or `#checkpoint=…&host=…&from=host`, and `?maxHeadAgeMs=…&everyMs=…`.

/** Reads the address; what it does not name has the demo's defaults. */
export function read({ hash, search, origin }) {
  const fragment = new URLSearchParams(hash.slice(1));
  const query = new URLSearchParams(search);
  return {
    root: fragment.get("root") || undefined,
    checkpoint: fragment.get("checkpoint") || undefined,
    host: (fragment.get("host") ?? origin).replace(/\/+$/, ""),
    from: fragment.get("from") === "host" ? "host" : "link",
    // Whoever made the link may ask for a fresher head, never for an older one.
    maxHeadAgeMs: Math.min(positive(query.get("maxHeadAgeMs")) ?? Infinity, MAX_HEAD_AGE_MS),
    everyMs: positive(query.get("everyMs")) ?? EVERY_MS,
    // How often a new key of the wallet can sign, as a power of two. No link says so: small keys are for tests.
    keyHeight: Math.min(Math.max(kept("rpp-key-height") ?? KEY_HEIGHT, 4), 16),
  };
}

/** Returns the fragment that [`read`] reads. */
export function write({ root, checkpoint, host, from }, { origin }) {
  const fragment = new URLSearchParams();
  if (root) fragment.set("root", root);
  if (checkpoint) fragment.set("checkpoint", checkpoint);
  if (host !== origin) fragment.set("host", host);
  if (from === "host") fragment.set("from", from);
  // Colons and slashes may stand in a fragment, and people compare hashes by eye.
  return `#${fragment}`.replaceAll("%3A", ":").replaceAll("%2F", "/");
}

function positive(text) {
  return /^[1-9]\d{0,8}$/.test(text ?? "") ? Number(text) : undefined;
}

function kept(name) {
  try {
    return positive(localStorage.getItem(name));
  } catch {
    return undefined;
  }
}

const MAX_HEAD_AGE_MS = 60_000;
const EVERY_MS = 1_000;
const KEY_HEIGHT = 10;
