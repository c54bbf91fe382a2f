// What npm packs has no scripts: they are for a clone, and npm warns of those of a package that it installs.
//
// `node manifest.mjs strip` runs before packing, and `node manifest.mjs restore` after it.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [manifest, kept] = ["package.json", ".package.json.kept"].map(here);

if (process.argv[2] === "strip") {
  // What is kept after a packing that was interrupted is the whole one.
  const text = readFileSync(existsSync(kept) ? kept : manifest, "utf8");
  writeFileSync(kept, text);
  const { scripts, ...packed } = JSON.parse(text);
  write(`${JSON.stringify(packed, null, 2)}\n`);
} else if (existsSync(kept)) {
  renameSync(kept, manifest);
}

/** Replaces the manifest in one step: others may be reading it. */
function write(text) {
  writeFileSync(`${kept}.tmp`, text);
  renameSync(`${kept}.tmp`, manifest);
}
