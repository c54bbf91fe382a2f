import { LightClient, Verifier } from "./slim.js";
import { serve } from "./src/serve.js";

serve(self, { LightClient, Verifier });
