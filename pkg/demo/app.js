// The site's one script, for the page and for its worker: what both need travels once.
import { openPage } from "./main.js";
import { runWorker } from "./worker.js";

if (globalThis.document) openPage();
else runWorker();
