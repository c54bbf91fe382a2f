// Without a bundler, under a policy that takes no text for a script's address.
import { Verifier } from "/package/index.js";

import { verifyWith } from "./verify.js";

const policy = trustedTypes.createPolicy("rpp", { createScriptURL: (url) => url });
const address = policy.createScriptURL("/package/worker.js");
const worker = () => new Worker(address, { type: "module" });
globalThis.report = await verifyWith(Verifier, { worker });
