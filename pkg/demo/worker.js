// The package's worker, behind a network that lies once when it is told to.
//
// The page has no other way to the proofs: they go from the host to the verifier in this thread.
import { startWith } from "../src/client.js";
import { serve } from "../src/serve.js";

/** Serves the page that made this worker. */
export function runWorker() {
  const honest = self.fetch;
  let armed = false;
  self.addEventListener("message", ({ data }) => {
    if (data?.demo === "tamper") armed = true;
  });
  self.fetch = async (url, init) => {
    const response = await honest(url, init);
    const { height } = PROOF.exec(url)?.groups ?? {};
    if (!armed || !response.ok || height === undefined) return response;
    armed = false;
    return flipped(Number(height), response);
  };
  serve(self, { start: startWith });
}

/** Returns the answer with one bit changed, and tells the page which. */
async function flipped(height, response) {
  const bytes = new Uint8Array(await response.arrayBuffer());
  const at = Math.floor(Math.random() * bytes.length);
  bytes[at] ^= 1 << Math.floor(Math.random() * 8);
  self.postMessage({ demo: "flipped", height, at, length: bytes.length });
  return new Response(bytes, response);
}

const PROOF = /\/v1\/blocks\/(?<height>\d+)\/proofs\//;
