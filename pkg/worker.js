import { startWith } from "./src/client.js";
import { listen } from "./src/hints.js";
import { serve } from "./src/serve.js";
import { Verifier } from "./src/verifier.js";

serve(self, {
  start: (options) => startWith({ ...options, listen }),
  load: ({ module, chainId }) => new Verifier(module, chainId),
});
