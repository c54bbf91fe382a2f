// Gives a thread of Node what a browser's worker has.
import { parentPort } from "node:worker_threads";

globalThis.self = {
  postMessage: (message) => parentPort.postMessage(message),
  addEventListener: (type, listener) => parentPort.on(type, (data) => listener({ data })),
};
await import("../worker.js");
