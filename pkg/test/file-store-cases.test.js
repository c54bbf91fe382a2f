// The list of what a file store finds at its path that the clients of every language read.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { FileStore } from "../node.js";
import { listed, ours } from "./cases.js";

const state = { height: 7, seen: "", bytes: Uint8Array.of(1, 2, 3) };
const OTHER = "precious\n";
const BEGIN = "rpp-state 1 7 key\n";

/** Puts at `path` what is there before. */
function put(there, path, folder) {
  if (there === "folder") fs.mkdirSync(path);
  if (there === "pipe") execFileSync("mkfifo", [path]);
  if (there === "hard link") fs.linkSync(join(folder, "other"), path);
  if (typeof there.link === "string") fs.symlinkSync(there.link, path);
  const text = there.text ?? (there.state === undefined ? "" : BEGIN);
  const length = there.file ?? there.state ?? text.length;
  if (length === 0 && there.file === undefined) return;
  fs.writeFileSync(path, text);
  fs.truncateSync(path, length);
}

const outcome = (work) => work.then(() => "ok", ({ code }) => code);
const kindOf = (path) => {
  try {
    return fs.lstatSync(path).mode;
  } catch ({ code }) {
    return code;
  }
};

for (const { name, there, beside = [], load, save, between, ...given } of ours(listed("file-store").cases)) {
  test(`FileStore and ${name}`, { skip: process.platform === "win32" }, async (t) => {
    const folder = fs.mkdtempSync(join(tmpdir(), "pkg-cases-"));
    const cwd = process.cwd();
    t.after(() => process.chdir(cwd));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const other = join(folder, "other");
    fs.writeFileSync(other, OTHER);
    fs.mkdirSync(join(folder, "folder"));
    const { path: named = "state", relative } = given;
    const path = named.startsWith("/") || relative ? named : `${folder}/${named}`;
    process.chdir(folder);
    put(there, path, folder);
    for (const ending of beside) fs.symlinkSync(other, path + ending);
    const store = new FileStore(path);
    if (relative) process.chdir("/");
    const at = relative ? join(folder, named) : path;
    assert.equal(await outcome(store.load("key")), load, "load");
    if (between === "removed") fs.rmSync(join(folder, "folder"), { recursive: true });
    if (between?.file !== undefined) put(between, at, folder);
    const kind = kindOf(at);
    assert.equal(await outcome(store.save("key", state)), save, "save");
    assert.equal(fs.readFileSync(other, "latin1"), OTHER);
    if (save !== "ok") return assert.equal(kindOf(at), kind);
    const file = resolve(at);
    assert.equal(fs.lstatSync(file).mode & 0o777, 0o600);
    assert.ok(fs.lstatSync(file).isFile());
    assert.deepEqual(await store.load("key"), state);
    const aside = fs.readdirSync(dirname(file)).filter((entry) => entry.startsWith("rpp-foreign-"));
    assert.equal(aside.length, Number(load === "storage-foreign" || between?.file !== undefined));
    for (const entry of aside) assert.equal(kindOf(join(dirname(file), entry)), kind);
    const left = fs.readdirSync(dirname(file)).filter((entry) => entry.endsWith(".tmp"));
    assert.equal(left.length, beside.filter((ending) => ending.endsWith(".tmp")).length);
  });
}

test("FileStore takes no path that is no string", () => {
  for (const path of [undefined, null, 7, new URL("file:///state"), Buffer.from("state")]) {
    assert.throws(() => new FileStore(path), { name: "ConfigError", code: "bad-option" });
  }
});

test("FileStore and a full disk", async (t) => {
  const { disk_bytes: size, saves } = listed("file-store").full_disk;
  const folder = fs.mkdtempSync(join(tmpdir(), "pkg-cases-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const child = fileURLToPath(new URL("keep-state.js", import.meta.url));
  const mounted = `mount -t tmpfs -o size=${size} none "$0" && "$@" && stat -c "%n %s" "$0"/*`;
  // A disk of its own, which only these processes see.
  const disk = ["--user", "--map-root-user", "--mount", "sh", "-c"];
  const mount = spawnSync("unshare", [...disk, 'mount -t tmpfs none "$0"', folder]);
  if (mount.status !== 0) return t.skip("no disk can be mounted here");
  const input = saves.map(({ bytes }) => "x".repeat(bytes)).join("\n");
  const { stdout, stderr, status } = spawnSync(
    "unshare",
    [...disk, mounted, folder, process.execPath, child, join(folder, "state")],
    { input, encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.deepEqual(lines.slice(0, saves.length), saves.map(({ save }) => save));
  const [left] = lines.slice(saves.length);
  const kept = saves.findLast(({ save }) => save === "ok").bytes;
  assert.equal(lines.length, saves.length + 1, stdout);
  assert.match(left, /\/state \d+$/);
  assert.ok(Number(left.split(" ").at(-1)) >= kept);
});
