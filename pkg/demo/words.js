// Numbers and times as people read them.

/** `12 s`, `3 min 5 s`, `2 h 4 min`. */
export function duration(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return seconds % 60 ? `${minutes} min ${seconds % 60} s` : `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} days`;
}

/** `842 B`, `154 KiB`, `2.4 MiB`. */
export function size(bytes) {
  const n = Number(bytes);
  if (n < 1024) return `${n} B`;
  if (n < 1024 ** 2) return `${trimmed(n / 1024)} KiB`;
  return `${trimmed(n / 1024 ** 2)} MiB`;
}

/** `6.1 ms`, `112 ms`. */
export function millis(ms) {
  return `${trimmed(ms)} ms`;
}

/** `71.3 %`, rounded down: what is not there is not shown. */
export function share(part, whole) {
  return part === whole ? "100 %" : `${(Math.floor((1000 * part) / whole) / 10).toFixed(1)} %`;
}

/** `12,345`. By hand: a browser takes 15 ms for its first word of any language. */
export function count(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** The first and last digits of a hash. */
export function short(hash) {
  return `${hash.slice(0, 8)}…${hash.slice(-8)}`;
}

/** `14:03:59`, of this machine. */
export function clock(unixMs) {
  const time = new Date(Number(unixMs));
  const parts = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** `2026-12-04 14:03`, of this machine. */
export function date(unixMs) {
  const time = new Date(Number(unixMs));
  const day = [time.getFullYear(), time.getMonth() + 1, time.getDate()].map((part) => String(part).padStart(2, "0"));
  return `${day.join("-")} ${clock(unixMs).slice(0, 5)}`;
}

const trimmed = (n) => (n < 100 ? n.toFixed(1) : count(Math.round(n)));
