/** Returns the bytes of a module whose export `name` traps as soon as it is called. */
export function trapping(wasm, name) {
  const bytes = Uint8Array.from(wasm);
  const sections = new Map();
  for (let at = 8; at < bytes.length;) {
    const [length, start] = leb(bytes, at + 1);
    sections.set(bytes[at], start);
    at = start + length;
  }
  const index = exported(bytes, sections.get(EXPORTS), name);
  let at = sections.get(CODE);
  [, at] = leb(bytes, at);
  for (let skipped = imported(bytes, sections.get(IMPORTS)); skipped < index; skipped += 1) {
    const [length, start] = leb(bytes, at);
    at = start + length;
  }
  const [length, start] = leb(bytes, at);
  let [locals, body] = leb(bytes, start);
  for (; locals > 0; locals -= 1) body = leb(bytes, body)[1] + 1;
  // `unreachable`, then nothing to the function's `end`.
  bytes.fill(NOP, body, start + length - 1);
  bytes[body] = UNREACHABLE;
  return bytes;
}

function exported(bytes, section, name) {
  let [count, at] = leb(bytes, section);
  for (; count > 0; count -= 1) {
    const [length, start] = leb(bytes, at);
    const text = new TextDecoder().decode(bytes.subarray(start, start + length));
    const [index, next] = leb(bytes, start + length + 1);
    if (text === name) return index;
    at = next;
  }
  throw new Error(`the module exports no ${name}`);
}

/** All that wasm-bindgen imports are functions. */
function imported(bytes, section) {
  return leb(bytes, section)[0];
}

function leb(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at];
    at += 1;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

const [IMPORTS, EXPORTS, CODE] = [2, 7, 10];
const [UNREACHABLE, NOP] = [0x00, 0x01];
