// A recipe of the README works where the fixture is verified by the worker that it makes.
export async function verifyWith(Verifier, options) {
  try {
    const read = async (name) => new Uint8Array(await (await fetch(`/fixture/${name}`)).arrayBuffer());
    const names = ["header.bin", "parent.bin", "certificate.bin", "proof.bin", "statement.json"];
    const [header, parent, certificate, proof, json] = await Promise.all(names.map(read));
    const expected = JSON.parse(new TextDecoder().decode(json));
    const verifier = await Verifier.load({ chainId: expected.chain_id, ...options });
    const { statement } = await verifier.verify({ header, parent, certificate, proof });
    return statement.headerHash === expected.header_hash ? "verified" : "another header";
  } catch (error) {
    return `${error?.name} ${error?.code} ${error?.message}`;
  }
}
