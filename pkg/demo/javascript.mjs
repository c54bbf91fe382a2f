// How much JavaScript travels, compressed: what a page that uses the package has to load.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const PACKAGE = new URL("../", import.meta.url);

/** Returns the size of the package's own files that a page and its worker load, each compressed by itself. */
export function publishedBytes() {
  const files = new Set();
  for (const entry of ["index.js", "worker.js"]) reach(new URL(entry, PACKAGE), files);
  return [...files].map(compressedBytes).reduce((sum, bytes) => sum + bytes, 0);
}

/** Returns the size of a file under gzip. */
export function compressedBytes(path) {
  return gzipSync(readFileSync(path), { level: 9 }).length;
}

function reach(url, files) {
  const path = fileURLToPath(url);
  if (files.has(path)) return;
  files.add(path);
  const imports = readFileSync(path, "utf8").matchAll(/^(?:import|export)\b[^;]*?"(\.[^"]+)";/gm);
  for (const [, specifier] of imports) reach(new URL(specifier, url), files);
}
