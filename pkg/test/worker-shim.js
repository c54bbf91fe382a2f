// Gives a thread of Node what a browser's worker has, and runs the script that its data names.
import { parentPort, workerData } from "node:worker_threads";

globalThis.self = {
  postMessage: (message) => parentPort.postMessage(message),
  addEventListener: (type, listener) => parentPort.on(type, (data) => listener({ data })),
};
await import(workerData ?? "../worker.js");
