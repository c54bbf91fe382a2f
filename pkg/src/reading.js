import { ConfigError, reasonOf } from "./errors.js";

/**
 * Returns what `work` makes of the caller's, which throws a `ConfigError`: getters and Proxies may throw whatever they
 * like.
 */
export function reading(work, code = "bad-option") {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause;
    throw new ConfigError(code, `what was given cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

/** Tells whether `value` has all these methods. */
export function has(value, methods) {
  return methods.every((name) => typeof value?.[name] === "function");
}
