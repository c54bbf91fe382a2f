// Documents of a host in bytes, from their JSON: docs/PROTOCOL.md says how both look.

/** Returns the bytes that answer `path`; of the block of a checkpoint nothing but the header counts. */
export function toBinary(path, json, isAnchor) {
  if (isAnchor) json = { header: json.header, parent: null, certificate: null, proofs: [] };
  if (path.startsWith("/v1/ancestors/")) return document("RPPA", ancestor(json));
  if (path === "/v1/head") return document("RPPH", [u32(json.latest_height), ...block(json.block)]);
  return document("RPPB", block(json));
}

const document = (magic, fields) => Buffer.concat([Buffer.from(magic), u32(1), ...fields]);

const block = ({ header, parent, certificate, proofs }) => [
  ...fieldsOf(header),
  ...optional(parent, (it) => [...fieldsOf(it.header), ...it.history_path.map(hex)]),
  ...optional(certificate, ({ signed_power, signers, set }) => [
    u32(signed_power),
    hex(signers),
    hex(set.root),
    u32(set.n),
    u32(set.total_power),
  ]),
  u32(proofs.length),
  ...proofs.flatMap(({ circuit, id, bytes }) => [...text(circuit), hex(id), u32(bytes)]),
];

const ancestor = ({ height, in: within, header_hash, history_path }) => [
  u32(height),
  u32(within),
  hex(header_hash),
  ...history_path.map(hex),
];

// The fields of a header in JSON are in the order of its encoding.
const fieldsOf = (header) =>
  Object.entries(header).map(([name, value]) => {
    if (name === "timestamp_ms") return u64(value);
    return typeof value === "number" ? u32(value) : hex(value);
  });

const optional = (value, fields) => (value === null ? [u32(0)] : [u32(1), ...fields(value)]);
const text = (value) => [u32(value.length), Buffer.from(value)];
const hex = (value) => Buffer.from(value, "hex");

function u32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
