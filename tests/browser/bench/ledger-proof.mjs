// A proof about accounts, a range of headers, votes or ends of epochs in a folder, as the package takes it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns the proof in `folder`, with its statement or with what that is made from: `bytes` are what of the inputs is bytes. */
export function ledgerProof(folder) {
  const { kind: circuit, chain_id: chainId, ...fields } = JSON.parse(readFileSync(join(folder, "statement.json")));
  const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  const statement = Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));
  const read = (...names) => Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, `${name}.bin`))]));
  if (circuit === "pruning") {
    const { foldBefore, foldAfter } = statement;
    return { chainId, given: { circuit, foldBefore, foldAfter }, bytes: read("start", "end", "proof") };
  }
  if (circuit === "uptime") {
    // The votes are for headers of a chain whose first epoch does not end.
    const { headHash, last, ...claim } = statement;
    return { chainId, given: { circuit, epochLength: 2 ** 32 - 1, ...claim }, bytes: read("head", "proof") };
  }
  if (circuit === "span") {
    const { ends, lastHash, ...claim } = statement;
    return { chainId, given: { circuit, ...claim }, bytes: read("last", "proof") };
  }
  return { chainId, given: { circuit, statement }, bytes: read("proof") };
}
