/** Returns the module's JSON as frozen objects: camelCase names, `bigint` for 64-bit numbers. */
export function fromJson(text) {
  return typed(JSON.parse(text));
}

function typed(value, name) {
  if (LONG.has(name) && typeof value === "string") return BigInt(value);
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => typed(item)));
  const fields = Object.entries(value).map(([key, inner]) => [camel(key), typed(inner, key)]);
  return Object.freeze(Object.fromEntries(fields));
}

const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

const LONG = new Set(["bytes", "timestamp_ms", "stale_at_ms"]);
