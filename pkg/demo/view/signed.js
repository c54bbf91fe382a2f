// The signed setup: which keys have signed each of its files, and until when it is valid.
import { date, duration, short } from "../words.js";
import { byId, make, onChange, put } from "./dom.js";

/** Shows the setup of a client that has started from a root. */
export function showSigned({ status }, nowMs) {
  const setup = status?.setup;
  byId("signed").hidden = !setup;
  if (!setup) return;
  // The status is another object each time; how long a file is still valid is said in days, hours or minutes.
  const rows = setup.files.map((file) => rowOf(file, nowMs));
  draw(JSON.stringify([setup.root, rows]), setup, rows);
}

const draw = onChange((_, { root, releases }, rows) => {
  put("signed-root", short(root));
  byId("signed-root").title = root;
  byId("signed-files").replaceChildren(...rows.map(line));
  put("signed-releases", releases.map(({ name, sha256 }) => `${name}: SHA-256 ${sha256}.`).join(" "));
});

function rowOf({ type, version, threshold, signers, expiresMs }, nowMs) {
  const left = expiresMs - nowMs;
  return {
    name: type,
    version: `version ${version}`,
    // Nobody has to sign a root that was pinned as it is.
    needed: signers.length > 0 ? `${signers.length} signed, ${threshold} needed` : "pinned by whoever opened this page",
    signers,
    until: date(expiresMs),
    left: left > 0 ? `in ${duration(roughly(left))}` : "expired",
  };
}

function line({ name, version, needed, signers, until, left }) {
  const file = [make("strong", {}, name), make("span", {}, version)];
  const keys = signers.map((id) => make("code", {}, id));
  return make(
    "tr",
    { "data-file": name, "data-expired": left === "expired" },
    make("th", { scope: "row" }, ...file),
    make("td", {}, make("span", {}, needed), ...keys),
    make("td", {}, make("time", {}, until), make("span", {}, left)),
  );
}

/** Cuts seconds off, which nobody needs of what lasts for days. */
const roughly = (ms) => Math.ceil(ms / MINUTE_MS) * MINUTE_MS;

const MINUTE_MS = 60_000;
