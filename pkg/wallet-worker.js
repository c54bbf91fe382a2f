import { serve } from "./src/wallet/serve.js";

serve(self);
