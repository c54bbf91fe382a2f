// The form that asks for a checkpoint.
import { formatCheckpoint, parseCheckpoint } from "../../index.js";

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
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const options = { credentials: "omit", cache: "no-store", redirect: "error", signal };
  const response = await fetch(`${host}/v1/chain`, options);
  if (!response.ok) throw new Error(`the host answered with status ${response.status}`);
  const chain = JSON.parse(await capped(response.body));
  const { genesis_hash: hash, genesis, epoch_length: epochLength } = chain;
  const timestampMs = Number(genesis.timestamp_ms);
  const checkpoint = formatCheckpoint({ height: 0, hash, timestampMs, epochLength });
  return { ...asked, host, checkpoint, from: "host" };
}

async function capped(stream) {
  const decoder = new TextDecoder();
  let text = "";
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
    if (text.length > MOST_CHARACTERS) {
      await reader.cancel();
      throw new Error("the host answered with more than a chain");
    }
  }
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
const MOST_CHARACTERS = 16_384;
