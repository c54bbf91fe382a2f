// What a wallet does with the package, told to the test in `globalThis.report`.
import {
  IndexedDbStore,
  LightClient,
  RppError,
  VerifierCrashError,
  Verifier,
  VerifyError,
} from "@rpp/light-client";

import { checkStore, fillStore } from "./store.js";

const start = performance.now();
const query = new URLSearchParams(location.search);
const report = {};

async function fixture() {
  const names = ["header.bin", "parent.bin", "certificate.bin", "proof.bin", "statement.json"];
  const answers = await Promise.all(names.map((name) => fetch(`/fixture/${name}`)));
  const [header, parent, certificate, proof] = await Promise.all(
    answers.slice(0, 4).map(async (answer) => new Uint8Array(await answer.arrayBuffer())),
  );
  return { inputs: { header, parent, certificate, proof }, statement: await answers[4].json() };
}

async function verify() {
  const { inputs, statement } = await fixture();
  const loading = performance.now();
  const verifier = await Verifier.load({ chainId: statement.chain_id });
  report.loadMs = performance.now() - loading;
  if (query.has("warmup")) await verifier.warmup();
  const verdicts = [];
  for (let run = 0; run < 20; run += 1) verdicts.push(await verifier.verify(inputs));
  report.firstMs = verdicts[0].verifyMs;
  report.warmMs = verdicts.map(({ verifyMs }) => verifyMs).sort((a, b) => a - b)[10];
  report.verified = verdicts[0].statement.headerHash === statement.header_hash;
  const proof = inputs.proof.map((byte, index) => (index === 5_000 ? byte ^ 1 : byte));
  const refusal = await verifier.verify({ ...inputs, proof }).catch((error) => error);
  report.refused = refusal instanceof VerifyError && refusal instanceof RppError && refusal.code;
  await verifier.close();
}

async function follow(url) {
  const chain = await (await fetch(`${url}/v1/chain`)).json();
  const checkpoint = [0, chain.genesis_hash, chain.genesis.timestamp_ms, chain.epoch_length].join(
    ":",
  );
  const options = {
    url,
    checkpoint,
    follow: { everyMs: 300 },
    store: new IndexedDbStore("wallet"),
  };
  const first = performance.now();
  const client = await LightClient.start(options);
  report.heads = [];
  for await (const { step, statement, saved } of client.heads()) {
    if (step === "head") report.firstHeadMs ??= performance.now() - first;
    report.heads.push(`${step} ${statement.height} ${saved}`);
    if (report.heads.length === 3) break;
  }
  await client.close();
  const again = await LightClient.start(options);
  const { value } = await again.heads().next();
  report.stored = `${value.step} ${value.statement.height}`;
  await again.close();
}

try {
  if (query.has("full")) report.full = await fillStore(IndexedDbStore);
  else {
    await verify();
    report.store = await checkStore(IndexedDbStore);
    report.crash = new VerifierCrashError("crash", "").name;
    if (query.get("host")) await follow(query.get("host"));
  }
} catch (error) {
  report.error = `${error?.name} ${error?.code} ${error?.message} ${error?.stack}`;
}
report.totalMs = performance.now() - start;
globalThis.report = report;
