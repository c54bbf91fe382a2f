const state = (height, ...bytes) => ({ height, bytes: Uint8Array.from(bytes) });
const text = (kept) => (kept ? `${kept.height}/${kept.bytes}` : "none");

/** Checks the store as two tabs would use it; returns what went wrong, or `ok`. */
export async function checkStore(IndexedDbStore) {
  const name = `store-${crypto.randomUUID()}`;
  const [one, two] = [new IndexedDbStore(name), new IndexedDbStore(name)];
  const steps = [];
  const see = async (expected) => {
    const got = text(await two.load("a:1"));
    if (got !== expected) steps.push(`${got} instead of ${expected}`);
  };
  await see("none");
  await one.save("a:1", state(5, 1, 2));
  await see("5/1,2");
  await two.save("a:1", state(4, 9));
  await one.save("b:1", state(1, 1));
  await see("5/1,2");
  const heights = [7, 3, 9, 1, 8];
  await Promise.all(heights.map((h, i) => (i % 2 ? one : two).save("a:1", state(h, h))));
  await see("9/9");
  await one.discard("a:1", state(9, 8));
  await see("9/9");
  await one.discard("a:1", state(9, 9));
  await see("none");
  // Data of the site may be cleared under an open database.
  await new Promise((resolve, reject) => {
    const deleting = indexedDB.deleteDatabase(name);
    deleting.onsuccess = resolve;
    deleting.onerror = () => reject(deleting.error);
  });
  await one.save("a:1", state(2, 2));
  await see("2/2");
  return steps.length === 0 ? "ok" : steps.join("; ");
}

/** Checks that what broke is replaced: browsers lose connections without a word, and an `open()` may never answer. */
export async function checkRepair(IndexedDbStore) {
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
    const never = hung.load("a:1").then(() => steps.push("answered"));
    while (opened === 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      void hung.save("a:1", state(3, 3));
    }
    await hung.save("a:1", state(4, 4));
    steps.push(text(await hung.load("a:1")));
    void never;
    const dash = new IndexedDbStore("-wallet");
    await dash.save("a:1", state(5, 5));
    steps.push(text(await dash.load("a:1")));
  } finally {
    IDBFactory.prototype.open = real;
  }
  return steps.join(" ");
}

/** Saves more than there is room for; returns the name of the error. */
export async function fillStore(IndexedDbStore) {
  const store = new IndexedDbStore("full");
  const bytes = crypto.getRandomValues(new Uint8Array(65_536));
  try {
    for (let height = 1; height < 200; height += 1)
      await store.save(`${height}`, { height, bytes });
    return "there was room";
  } catch (error) {
    return error.name;
  }
}
