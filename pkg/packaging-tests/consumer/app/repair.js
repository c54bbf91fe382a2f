import { IndexedDbStore } from "@rpp/light-client/slim";

const state = (height, ...bytes) => ({ height, bytes: Uint8Array.from(bytes) });
const text = (kept) => (kept ? `${kept.height}/${kept.bytes}` : "none");

/** Checks that what broke is replaced: browsers lose connections without a word, and an `open()` may never answer. */
async function checkRepair() {
  const real = IDBFactory.prototype.open;
  const steps = [];
  let connection;
  let opened = 0;
  let hang = false;
  IDBFactory.prototype.open = function open(...given) {
    opened += 1;
    if (hang && opened === 1) return new EventTarget();
    const request = real.apply(this, given);
    request.addEventListener("success", () => (connection = request.result));
    return request;
  };
  try {
    const lost = new IndexedDbStore(`lost-${crypto.randomUUID()}`);
    await lost.save("a:1", state(1, 1));
    // It fires no event.
    connection.close();
    await lost.save("a:1", state(2, 2));
    steps.push(text(await lost.load("a:1")));
    hang = true;
    opened = 0;
    const hung = new IndexedDbStore(`hung-${crypto.randomUUID()}`);
    hung.load("a:1").then(() => steps.push("answered"));
    while (opened === 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      hung.save("a:1", state(3, 3));
    }
    await hung.save("a:1", state(4, 4));
    steps.push(text(await hung.load("a:1")));
    const dash = new IndexedDbStore("-wallet");
    await dash.save("a:1", state(5, 5));
    steps.push(text(await dash.load("a:1")));
  } finally {
    IDBFactory.prototype.open = real;
  }
  return steps.join(" ");
}

checkRepair().then(
  (report) => (globalThis.report = report),
  (error) => (globalThis.report = `${error.name}: ${error.message}`),
);
