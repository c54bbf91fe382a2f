// The form that asks for a checkpoint.
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
  byId("setup-checkpoint").value = asked.checkpoint;
  if (error) complain(error);
  byId("setup-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(() => goTo(pasted(asked)));
  });
  byId("setup-genesis").addEventListener("click", () => attempt(async () => goTo(await shown(asked))));
}

function pasted(asked) {
  const checkpoint = byId("setup-checkpoint").value.trim();
  parseCheckpoint(checkpoint);
  return { ...asked, host: hostOf(asked), checkpoint, from: "link" };
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
  return { ...given, host, checkpoint, from: "host" };
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

const TIMEOUT_MS = 10_000;
const MOST_BYTES = 16_384;
