import { Verifier } from "@rpp/light-client";
import RppWorker from "@rpp/light-client/worker?worker";

import { verifyWith } from "../verify.js";

verifyWith(Verifier, { worker: () => new RppWorker() }).then((report) => (globalThis.report = report));
