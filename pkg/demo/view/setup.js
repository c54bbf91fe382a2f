// The form that asks for a checkpoint.
import { formatCheckpoint, parseCheckpoint } from "../light-client/index.js";

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
async function shown(asked) {
  const host = hostOf(asked);
  const response = await fetch(`${host}/v1/chain`, { credentials: "omit", cache: "no-store" });
  if (!response.ok) throw new Error(`the host answered with status ${response.status}`);
  const { genesis_hash: hash, genesis, epoch_length: epochLength } = await response.json();
  const timestampMs = BigInt(genesis.timestamp_ms);
  const checkpoint = formatCheckpoint({ height: 0, hash, timestampMs, epochLength });
  return { ...asked, host, checkpoint, from: "host" };
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
