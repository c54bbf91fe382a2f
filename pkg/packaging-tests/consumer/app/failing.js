// What is said of workers that cannot be started: the package's own, and those that the address asks for.
import { Verifier } from "@rpp/light-client";

const scripts = new URLSearchParams(location.search).getAll("script");
const workers = scripts.map((script) => () => new Worker(script, { type: "module" }));
const report = [];
for (const worker of workers.length > 0 ? workers : [undefined]) {
  const error = await Verifier.load({ chainId: 1, worker }).catch((thrown) => thrown);
  report.push(`${error.name} ${error.code} ${error.message}`);
}
globalThis.report = report;
