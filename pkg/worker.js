import { serve } from "./src/serve.js";

serve(self);
