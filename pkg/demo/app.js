// The site's first script, for the page and for its worker: all that the first head takes, and nothing else. The scripts
// that come later (the form for a checkpoint, what a head rests on, the wallet) take what they share with the page from here.
import { openPage } from "./main.js";
import { runWorker } from "./worker.js";

export { formatCheckpoint, parseCheckpoint } from "../src/checkpoint.js";
export { systemClock } from "../src/clock.js";
export { Transport } from "../src/transport.js";
export { evidenceOf } from "../src/verified-account.js";

if (globalThis.document) openPage();
else runWorker();
