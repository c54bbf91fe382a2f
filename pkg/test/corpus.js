// The corpus of vectors/v1/client: what a provider answers, and what a client says to it. Core, SDK, Node and
// Chromium read the same files.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../vectors/v1/client/", import.meta.url));

/** Returns every case, by name, with its answers as base64. */
export function cases() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));
  return names.map((name) => {
    const { answers, ...rest } = JSON.parse(readFileSync(FOLDER + name, "utf8"));
    const bodies = Object.entries(answers).map(([path, answer]) => [path, body(answer)]);
    return { name: name.slice(0, -".json".length), ...rest, answers: Object.fromEntries(bodies) };
  });
}

function body({ file, splice }) {
  const honest = readFileSync(`${FOLDER}documents/${file}`);
  if (splice === null) return honest.toString("base64");
  const { at, remove, insert } = splice;
  const parts = [honest.subarray(0, at), Buffer.from(insert, "hex"), honest.subarray(at + remove)];
  return Buffer.concat(parts).toString("base64");
}

/**
 * Returns `accept`, or the code that a client refuses the case's provider with.
 *
 * Runs in Node and in a page, so it brings all that it needs; `entry` and `module` say where the package is.
 */
export async function verdictOf({ entry, module, answers, checkpoint, now_ms: nowMs }) {
  const { LightClient } = await import(entry);
  const url = "https://provider.example";
  const fetch = async (asked) => {
    const body = answers[asked.slice(url.length)];
    if (body === undefined) return new Response("", { status: 404 });
    return new Response(Uint8Array.from(atob(body), (char) => char.charCodeAt(0)));
  };
  const now = Date.now;
  Date.now = () => Number(nowMs);
  const client = await LightClient.start({ url, checkpoint, fetch, module });
  try {
    for await (const { type, error } of client.events()) {
      if (type === "verified") return "accept";
      if (error !== undefined) return error.code;
    }
    throw new Error("the client ended");
  } finally {
    await client.close();
    Date.now = now;
  }
}
