// The form that asks what to start from.
import { formatCheckpoint, parseCheckpoint } from "../../src/checkpoint.js";
import { systemClock } from "../../src/clock.js";
import { Transport } from "../../src/transport.js";

import { byId } from "./dom.js";

/** Shows the form, filled with what is known; `goTo` opens the page that was asked for. */
export function showSetup(asked, goTo, error) {
  byId("setup").hidden = false;
  byId("wallet").hidden = true;
  document.body.dataset.condition = "setup";
  byId("setup-host").value = asked.host;
  byId("setup-start").value = asked.root ?? asked.checkpoint ?? "";
  if (error) complain(error);
  byId("setup-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => goTo(pasted(asked)));
  });
  byId("setup-genesis").addEventListener("click", () => attempt(async () => goTo(await shown(asked))));
}

function pasted(asked) {
  const start = byId("setup-start").value.trim();
  const host = hostOf(asked);
  // What is a root is for the module to say, on the next page.
  if (ROOT.test(start)) return { host, root: start };
  parseCheckpoint(start);
  return { host, checkpoint: start, from: "link" };
}

/** Takes the genesis that the host shows, unproven. */
async function shown(given) {
  const host = hostOf(given);
  const transport = new Transport(host, { timeoutMs: TIMEOUT_MS, clock: systemClock });
  const asked = { maxBytes: MOST_BYTES, cache: "no-store", accept: "application/json" };
  const { status, body } = await transport.send("/v1/chain", asked);
  if (status !== 200) throw new Error(`the host answered with status ${status}`);
  const chain = JSON.parse(new TextDecoder().decode(body));
  const { genesis_hash: hash, genesis, epoch_length: epochLength } = chain;
  const timestampMs = Number(genesis.timestamp_ms);
  const checkpoint = formatCheckpoint({ height: 0, hash, timestampMs, epochLength });
  return { host, checkpoint, from: "host" };
}

function hostOf(asked) {
  const { origin, pathname } = new URL(byId("setup-host").value || asked.host);
  return (origin + pathname).replace(/\/+$/, "");
}

async function attempt(work) {
  byId("setup-error").hidden = true;
  try {
    await work();
  } catch (error) {
    complain(error);
  }
}

function complain({ message }) {
  const problem = byId("setup-error");
  problem.textContent = `That does not work: ${message}.`;
  problem.hidden = false;
}

// A fingerprint has two parts, and keys have a dot; a checkpoint has four parts and none.
const ROOT = /^[^:]+:[^:]+$|\./;
const TIMEOUT_MS = 10_000;
const MOST_BYTES = 16_384;
