// Prints the size of a file in bytes, raw and compressed at the strongest setting, as JSON.
import { readFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const bytes = readFileSync(process.argv[2]);
const { BROTLI_PARAM_QUALITY, BROTLI_MAX_QUALITY } = constants;
console.log(
  JSON.stringify({
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes, { params: { [BROTLI_PARAM_QUALITY]: BROTLI_MAX_QUALITY } })
      .length,
  }),
);
