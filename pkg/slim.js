// The client in the thread of whoever imports it: for workers, service workers and extensions.
export { LightClient } from "./src/client.js";
export * from "./src/public.js";
export { Verifier } from "./src/verifier.js";
