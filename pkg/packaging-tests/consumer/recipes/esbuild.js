import { Verifier } from "@rpp/light-client";

import { verifyWith } from "./verify.js";

const worker = () => new Worker("/worker.js", { type: "module" });
globalThis.report = await verifyWith(Verifier, { worker, module: "/rpp.wasm" });
