// Prints what verifying the proof in RPP_FIXTURE costs in Chromium, as JSON.
import { ledgerProof } from "./bench/ledger-proof.mjs";
import { timed } from "./bench/verifying.mjs";
import { launch } from "./browser.mjs";
import { required } from "./environment.mjs";
import { Relay } from "./relay.mjs";

const browser = await launch();
const relay = await new Relay().start();
try {
  const { chainId, given, bytes } = ledgerProof(required("RPP_FIXTURE"));
  const listed = Object.fromEntries(Object.entries(bytes).map(([name, read]) => [name, [...read]]));
  const { memory, ...times } = await timed(browser, relay, { chainId, given, bytes: listed });
  console.log(JSON.stringify({ verify_chromium_ms: times, wasm_peak_memory_bytes: memory }));
} finally {
  await browser.close();
  await relay.close();
}
