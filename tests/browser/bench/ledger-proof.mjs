// A proof about accounts in a folder, as the package takes it.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Returns the proof in `folder`, with its statement. */
export function ledgerProof(folder) {
  const { kind: circuit, chain_id: chainId, ...fields } = JSON.parse(readFileSync(join(folder, "statement.json")));
  const camel = (name) => name.replace(/_(.)/g, (_, letter) => letter.toUpperCase());
  const statement = Object.fromEntries(Object.entries(fields).map(([name, value]) => [camel(name), value]));
  return { chainId, circuit, statement, proof: readFileSync(join(folder, "proof.bin")) };
}
