const state = (height, ...bytes) => ({ height, seen: "", bytes: Uint8Array.from(bytes) });
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
  await one.save("a:1", state(4, 4), state(9, 8));
  await see("9/9");
  await two.save("a:1", state(4, 4), state(9, 9));
  await see("4/4");
  await one.save("a:1", { ...state(0, 5), seen: "1" });
  await two.save("a:1", state(100, 6));
  await see("0/5");
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
