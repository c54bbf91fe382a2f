// The corpus of vectors/v1/client: what a provider answers, and what a client says to it. Core, SDK, Node and
// Chromium read the same files.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { toBinary } from "./documents.js";

const FOLDER = fileURLToPath(new URL("../../vectors/v1/client/", import.meta.url));

/**
 * Returns every case about a client, by name, with its answers as base64.
 *
 * A client reads documents in bytes. Those that the corpus has in JSON are converted, and what is no
 * document in JSON is for readers of JSON.
 */
export function cases() {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));
  const names = files.map((file) => file.slice(0, -".json".length));
  return names.filter((name) => !ABOUT_JSON.has(name)).map(readCase);
}

function readCase(name) {
  const { answers, state, ...rest } = JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8"));
  const anchor = `/v1/blocks/${rest.checkpoint.split(":")[0]}`;
  const read = ({ file, splice }) => spliced(readFileSync(`${FOLDER}documents/${file}`), splice);
  const bodies = Object.entries(answers).map(([path, document]) => {
    const bytes = read(document);
    const { file } = document;
    const body = file.endsWith(".json") ? toBinary(path, JSON.parse(bytes), path === anchor) : bytes;
    return [path, body.toString("base64")];
  });
  const stored = state && read(state).toString("base64");
  return { name, ...rest, answers: Object.fromEntries(bodies), state: stored };
}

function spliced(honest, splice) {
  if (splice === null) return honest;
  const { at, remove, insert } = splice;
  return Buffer.concat([honest.subarray(0, at), Buffer.from(insert, "hex"), honest.subarray(at + remove)]);
}

const ABOUT_JSON = new Set([
  "reject-ancestor-too-long",
  "reject-checkpoint-json",
  "reject-head-json",
  "reject-head-label",
]);

/**
 * Returns `accept`, or the code that a client refuses the case's provider with.
 *
 * Runs in Node and in a page, so it brings all that it needs; `entry` and `module` say where the package is.
 */
export async function verdictOf({ entry, module, answers, checkpoint, state, now_ms: nowMs }) {
  const { LightClient, MemoryStore } = await import(entry);
  const bytesOf = (base64) => Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const store = new MemoryStore();
  if (state !== undefined) await store.save(checkpoint, { height: 0, bytes: bytesOf(state) });
  const url = "https://provider.example";
  const fetch = async (asked, { headers }) => {
    const body = answers[asked.slice(url.length)];
    if (body === undefined) return new Response("", { status: 404 });
    return new Response(bytesOf(body), { headers: { "content-type": headers.accept } });
  };
  const now = Date.now;
  Date.now = () => Number(nowMs);
  const client = await LightClient.start({ url, checkpoint, fetch, module, store });
  try {
    for await (const { type, error, verdict } of client.events()) {
      // What comes after a stored head is what the case is about.
      if (type === "verified" && verdict.step !== "stored") return "accept";
      if (error !== undefined) return error.code;
    }
    throw new Error("the client ended");
  } finally {
    await client.close();
    Date.now = now;
  }
}
