// Questions about accounts and operations, to a real host and to one that lies about them.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import * as rpp from "../node.js";
import { evidenceOf } from "../src/verified-account.js";
import { hostBinary, startHost, stopHosts } from "./host.js";

const skip = hostBinary() ? false : "there is no prover-host: build it, or set RPP_HOST";
const HOUR_MS = 3_600_000;

describe("with a real host", { skip }, () => {
  let folder;
  let host;
  let checkpoint;
  let chainId;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pkg-ledger-"));
    host = await startHost(join(folder, "chain"));
    const { genesis, chain_id, ...chain } = await (await fetch(`${host.url}/v1/chain`)).json();
    const { genesis_hash: hash, epoch_length: epochLength } = chain;
    chainId = chain_id;
    checkpoint = { height: 0, hash, timestampMs: Number(genesis.timestamp_ms), epochLength };
  });

  after(() => {
    stopHosts();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A client that has a head, and asks for the next one only when it is woken. */
  const start = async (t, more) => {
    const options = { url: host.url, checkpoint, follow: { everyMs: HOUR_MS }, ...more };
    const client = await rpp.LightClient.start(options);
    t.after(() => client.close());
    const { value } = await client.heads().next();
    return { client, head: value.statement };
  };

  /** The same with answers changed on the way: `change` takes the bytes, and returns others. */
  const misled = (t, path, change) => {
    const changing = async (url, init) => {
      const answer = await fetch(url, init);
      if (!answer.ok || !path.test(url)) return answer;
      const bytes = change(new Uint8Array(await answer.arrayBuffer()));
      return new Response(bytes, { headers: answer.headers });
    };
    return start(t, { fetch: changing });
  };

  const flipped = (at) => (bytes) => bytes.with(at < 0 ? bytes.length + at : at, bytes.at(at) ^ 1);

  test("shows an account, or that there is none, under the head and under earlier blocks", async (t) => {
    const { client, head } = await start(t);
    const seen = await client.account(0);
    assert.ok(seen instanceof rpp.VerifiedAccount && Object.isFrozen(seen) && Object.isFrozen(seen.account));
    const { index, height, headerHash } = seen;
    assert.deepEqual([index, seen.chainId, height, headerHash], [0, chainId, head.height, head.headerHash]);
    assert.equal(typeof seen.account.balance, "bigint");
    assert.ok(seen.timestampMs > checkpoint.timestampMs);
    assert.equal(evidenceOf(seen).header.length, 284);
    assert.ok(evidenceOf(seen).document.length > 1_024, "the account's path");
    assert.equal((await client.account(4_000_000_000)).account, null);
    const genesis = await client.account(0, { height: 0 });
    assert.deepEqual([genesis.height, genesis.headerHash], [0, checkpoint.hash]);
    const { accounts, isWhole } = await client.accountsOf(seen.account.keyId);
    assert.deepEqual(accounts.map((account) => account.index), [0]);
    assert.ok(isWhole && accounts[0] instanceof rpp.VerifiedAccount && evidenceOf(accounts[0]).document.length > 0);
    assert.deepEqual((await client.accountsOf("00".repeat(32))).accounts, []);
  });

  test("shows any header that the head has in its history", async (t) => {
    const { client, head } = await start(t);
    const genesis = await client.ancestor(0);
    assert.deepEqual([genesis.height, genesis.hash, genesis.chainId], [0, checkpoint.hash, chainId]);
    assert.deepEqual([genesis.slot, genesis.proposer, genesis.timestampMs], [0, 0, checkpoint.timestampMs]);
    assert.ok(Object.isFrozen(genesis) && genesis.bytes.length === 284);
    const first = await client.ancestor(1);
    assert.deepEqual([first.parentHash, first.height], [genesis.hash, 1]);
    // Behind height, slot, proposer and time come the digests: the first is the parent's.
    assert.equal(Buffer.from(first.bytes.subarray(28, 60)).toString("hex"), genesis.hash);
    const itself = await client.ancestor(head.height);
    assert.equal(itself.hash, head.headerHash);
    await assert.rejects(client.ancestor(4_294_967_295), { name: "ConfigError", code: "above-head" });
    await assert.rejects(client.ancestor(1, { height: 1 }), { name: "ConfigError", code: "unknown-option" });
    await assert.rejects(client.ancestor(-1), { name: "ConfigError", code: "bad-option" });
    await assert.rejects(client.ancestor(1, { signal: AbortSignal.abort(new Error("enough")) }), { message: "enough" });
  });

  test("follows an operation into a block, and shows what the block did", async (t) => {
    const { client } = await start(t, { transitions: true, follow: { everyBlock: true } });
    const before = await client.account(0);
    const given = await fetch(`${host.url}/v1/faucet/0`, { method: "POST" });
    assert.equal(given.status, 202);
    const { hash } = await given.json();
    let state;
    for await (const _ of client.heads()) {
      state = await client.operation(hash);
      if (state.state === "included") break;
    }
    assert.ok(Object.isFrozen(state) && state.height > before.height, JSON.stringify(state));
    const after = await client.account(0, { height: state.height });
    assert.ok(after.account.balance > before.account.balance);
    assert.equal(after.headerHash, state.headerHash);
    const shown = await client.transition({ height: state.height });
    assert.deepEqual([shown.circuit, shown.height, shown.headerHash], ["state", state.height, state.headerHash]);
    assert.ok(shown.starkBits >= 128 && shown.hashBits >= 123);
    assert.deepEqual(await client.operation("00".repeat(32)), { state: "unknown", hash: "00".repeat(32) });
  });

  /** A client whose head is two blocks or more beyond the end of an epoch, so that it is shown by a path. */
  const beyond = async (t, height, begin = start) => {
    const newest = async () => (await (await fetch(`${host.url}/v1/head`)).json()).block.height;
    while ((await newest()) < height + 2) await pause();
    const { client } = await begin(t);
    for await (const { statement } of client.heads()) {
      if (statement.height >= height + 2) return { client, head: statement };
    }
    throw new Error("the client ended");
  };

  /** The block at a height as it stands on a page of the host's. */
  const onPage = async (height) => {
    const served = await fetch(`${host.url}/v1/blocks?from=${height}&limit=1`, { headers: { accept: BLOCK } });
    // Behind magic, version and count; after it comes the next height.
    return new Uint8Array(await served.arrayBuffer()).subarray(12, -8);
  };

  test("shows the headers from one height to another, and names each lie about them", async (t) => {
    let page;
    const { client, head } = await beyond(t, 4, (t) => misled(t, /blocks\?/, (bytes) => page ?? bytes));
    const headers = await client.history(0, 4);
    assert.ok(Object.isFrozen(headers) && headers.every(Object.isFrozen));
    for (const [height, header] of headers.entries()) assert.deepEqual(header, await client.ancestor(height));
    assert.equal(headers.length, 5);
    assert.deepEqual(await client.history(2, 2), [headers[2]]);
    assert.equal((await client.history(0, head.height)).length, head.height + 1);
    const blocks = await Promise.all([0, 1, 2, 3, 4].map(onPage));
    const pageOf = (...heights) => {
      const start = new Uint8Array([...Buffer.from("RPPS"), 1, 0, 0, 0, heights.length, 0, 0, 0]);
      return new Uint8Array(Buffer.concat([start, ...heights.map((height) => blocks[height]), new Uint8Array([1, 0, 0, 0, 4, 0, 0, 0])]));
    };
    page = pageOf(0, 1, 2, 3);
    assert.deepEqual(await client.history(0, 4), headers);
    for (const [told, name, code] of [
      [pageOf(0, 2, 3), "AnswerError", "other-height"],
      [pageOf(0, 1, 2), "AnswerError", "page-length"],
      [pageOf(0, 1, 1, 3), "AnswerError", "other-height"],
      [pageOf(0, 1, 2, 2), "AnswerError", "other-height"],
      [pageOf(0, 2, 1, 3), "AnswerError", "other-height"],
      [pageOf(0, 1, 2, 3, 4), "AnswerError", "page-length"],
      // The parent's hash, and the last digest.
      [flipped(12 + 30)(pageOf(0, 1, 2, 3)), "ClaimError", "claim-not-parent"],
      [flipped(12 + 280)(pageOf(0, 1, 2, 3)), "ClaimError", "claim-not-parent"],
    ]) {
      page = told;
      await assert.rejects(client.history(0, 4), (error) => {
        assert.deepEqual([error.name, error.code, error.transient], [name, code, undefined], String(error));
        return true;
      });
    }
    page = undefined;
    assert.deepEqual(await client.history(0, 4), headers);
    await assert.rejects(client.history(3, 2), { name: "ConfigError", code: "history-reversed" });
    await assert.rejects(client.history(0, 1_024), { name: "ConfigError", code: "history-too-long" });
    await assert.rejects(client.history(2 ** 32 - 1, 2 ** 32 - 1), { name: "ConfigError", code: "above-head" });
    for (const wrong of [[-1, 0], [0, 1.5], [0]]) {
      await assert.rejects(client.history(...wrong), { name: "ConfigError", code: "bad-option" });
    }
    await assert.rejects(client.history(0, 1, { height: 1 }), { name: "ConfigError", code: "unknown-option" });
  });

  /** Asks until the host has made the proof. */
  const uptime = async (client, validator) => {
    for (;;) {
      try {
        return await client.uptime(validator, 0);
      } catch (error) {
        if (error.code !== "provider-busy") throw error;
        assert.ok(error.transient && error instanceof rpp.ProblemError);
        await pause();
      }
    }
  };

  test("shows how often each validator has voted in an epoch that is over", async (t) => {
    const { client, head } = await beyond(t, checkpoint.epochLength);
    const after = await client.ancestor(checkpoint.epochLength);
    let sum = 0;
    for (const validator of [0, 1, 2, 3]) {
      const shown = await uptime(client, validator);
      const served = await (await fetch(`${host.url}/v1/uptime/${validator}?epoch=0`)).json();
      assert.ok(Object.isFrozen(shown) && shown.starkBits >= 128 && shown.hashBits >= 123);
      assert.deepEqual([shown.validator, shown.epoch, shown.circuit], [validator, 0, "uptime"]);
      assert.deepEqual([shown.first, shown.last, shown.headerHash], [1, checkpoint.epochLength - 1, after.hash]);
      assert.deepEqual([shown.signed, shown.keyId], [served.signed, served.key_id]);
      sum += shown.signed;
    }
    // Each of the seven blocks has the votes of three validators at least.
    assert.ok(sum >= 21 && sum <= 28, `${sum} votes`);
    const over = Math.floor(head.height / checkpoint.epochLength);
    await assert.rejects(client.uptime(0, over), { name: "ConfigError", code: "above-head" });
    await assert.rejects(client.uptime(4, 0), { name: "ProblemError", hostCode: "unknown-validator", transient: true });
    for (const wrong of [[-1, 0], [0, 1.5], [0]]) {
      await assert.rejects(client.uptime(...wrong), { name: "ConfigError", code: "bad-option" });
    }
    await assert.rejects(client.uptime(0, 0, { height: 9 }), { name: "ConfigError", code: "unknown-option" });
  });

  test("names each lie about a validator's votes, and believes the next honest answer", async (t) => {
    let lie = [/^$/];
    const changed = (url, bytes) => (lie[0].test(url) ? lie[1](bytes) : bytes);
    const changing = async (url, init) => {
      const answer = await fetch(url, init);
      if (!answer.ok) return answer;
      return new Response(changed(url, new Uint8Array(await answer.arrayBuffer())), { headers: answer.headers });
    };
    const { client } = await beyond(t, checkpoint.epochLength, (t) => start(t, { fetch: changing }));
    const honest = await uptime(client, 1);
    const { body } = await fetch(`${host.url}/v1/uptime/2?epoch=0`, { headers: { accept: BLOCK } });
    const other = new Uint8Array(await new Response(body).arrayBuffer());
    // Behind magic and version: validator, epoch, first and last height, header hash, root of the set, key id, count.
    for (const [path, change, name, code] of [
      [/uptime\/1\?/, flipped(8), "AnswerError", "other-validator"],
      [/uptime\/1\?/, () => other, "AnswerError", "other-validator"],
      [/uptime\/1\?/, flipped(12), "AnswerError", "other-epoch"],
      [/uptime\/1\?/, flipped(16), "AnswerError", "other-epoch"],
      [/uptime\/1\?/, flipped(20), "AnswerError", "other-epoch"],
      [/uptime\/1\?/, flipped(24), "AnswerError", "other-header"],
      [/uptime\/1\?/, flipped(56), "VerifyError"],
      [/uptime\/1\?/, () => other.with(8, 1), "VerifyError"],
      [/uptime\/1\?/, flipped(120), "VerifyError"],
      [/uptime\/1\?/, (bytes) => bytes.with(120, bytes[120] - 1), "VerifyError"],
      [/uptime\/1\?/, (bytes) => bytes.with(120, 8), "ClaimError", "uptime-count"],
      [/proofs\/uptime/, flipped(-1), "VerifyError"],
      [/blocks\/8$/, flipped(8 + 30), "ClaimError", "claim-not-ancestor"],
      [/ancestors\/8/, flipped(-1), "ClaimError", "claim-not-ancestor"],
    ]) {
      lie = [path, change];
      await assert.rejects(client.uptime(1, 0), (error) => {
        // Which step refuses a proof depends on what its bytes were.
        assert.deepEqual([error.name, code && error.code, error.transient], [name, code, undefined], String(error));
        return true;
      });
      lie = [/^$/];
      assert.deepEqual(await client.uptime(1, 0), honest);
    }
    lie = [/uptime\/1\?/, (bytes) => bytes.subarray(0, 60)];
    await assert.rejects(client.uptime(1, 0), { code: "truncated", transient: true });
  });

  test("hands an operation in, and says why the host refuses one", async (t) => {
    const { client } = await start(t);
    // Of another chain, and long enough.
    const operation = new Uint8Array(64);
    await assert.rejects(client.submit(operation), { name: "DecodeError", code: "bad-magic" });
    const listed = await (await fetch(`${host.url}/v1/accounts/0/transactions`)).json();
    const [{ hash }] = listed.transactions;
    const served = await fetch(`${host.url}/v1/transactions/${hash}`, { headers: { accept: BLOCK } });
    const signed = operationOf(new Uint8Array(await served.arrayBuffer()));
    const refusal = await client.submit(signed).catch((error) => error);
    // It is in a block: the host may say so, or take it for what it has.
    if (typeof refusal === "string") return assert.equal(refusal, hash);
    assert.ok(refusal instanceof rpp.ProblemError && typeof refusal.hostCode === "string", String(refusal));
    assert.equal(rpp.errorFromPlain(rpp.errorToPlain(refusal)).hostCode, refusal.hostCode);
  });

  /** An operation that a block has, in bytes as its sender has them, with what the host says of it. */
  const taken = async (t) => {
    const { client } = await start(t, { follow: { everyBlock: true } });
    const given = await fetch(`${host.url}/v1/faucet/0`, { method: "POST" });
    const { hash } = await given.json();
    for await (const _ of client.heads()) {
      const state = await client.operation(hash);
      if (state.state !== "included") continue;
      const served = await fetch(`${host.url}/v1/transactions/${hash}`, { headers: { accept: BLOCK } });
      const document = new Uint8Array(await served.arrayBuffer());
      return { operation: operationOf(document), state, pruned: prunedOf(document, hash) };
    }
  };

  test("shows that an operation was in a block which the host has pruned, and names each lie about it", async (t) => {
    const { operation, state, pruned } = await taken(t);
    let answer = pruned;
    const { client } = await misled(t, /transactions\//, () => answer);
    for await (const { statement } of client.heads()) if (statement.height >= state.height) break;
    const ask = () => client.transactionInHistory(operation, state.headerHash);
    const shown = await ask();
    assert.ok(Object.isFrozen(shown));
    assert.deepEqual(shown, state);
    const refused = (code, name = "ClaimError") =>
      assert.rejects(ask(), (error) => error.name === name && error.code === code && !error.transient);
    // Behind magic, version and state: height, hash, position, how many there are, path.
    answer = flipped(8 + 4 + 4 + 32)(pruned);
    await refused("claim-inclusion");
    answer = flipped(-1)(pruned);
    await refused("claim-inclusion");
    // The genesis has no operation.
    answer = new Uint8Array(pruned).fill(0, 8 + 4, 8 + 8);
    await refused("claim-inclusion");
    answer = flipped(8 + 4 + 4)(pruned);
    await refused("other-operation", "AnswerError");
    answer = pruned.subarray(0, 60);
    await assert.rejects(ask(), { code: "truncated", transient: true });
    answer = pruned;
    const elsewhere = client.transactionInHistory(operation, checkpoint.hash);
    await assert.rejects(elsewhere, { name: "ConfigError", code: "claim-other-block" });
    await assert.rejects(client.transactionInHistory(operation, "ab"), { code: "bad-option" });
    await assert.rejects(client.transactionInHistory("text", checkpoint.hash), { code: "bad-bytes" });
    await assert.rejects(client.transactionInHistory(new Uint8Array(64), checkpoint.hash), { code: "bad-magic" });
    assert.deepEqual(await ask(), state);
  });

  test("names each lie, and believes the next honest answer", async (t) => {
    const lie = async (path, change, ask, expected) => {
      let lies = false;
      const { client } = await misled(t, path, (bytes) => (lies ? change(bytes) : bytes));
      lies = true;
      await assert.rejects(ask(client), ({ name, code, transient }) => {
        // Which step refuses a proof depends on what its bytes were.
        assert.deepEqual([name, expected[1] && code, transient], [...expected, undefined]);
        return true;
      });
      lies = false;
      await ask(client);
    };
    const account = (client) => client.account(0);
    // Behind magic and version: height, header hash, number, whether there is an account, key id, balance.
    await lie(/accounts\/0/, flipped(8 + 4 + 32 + 4 + 4 + 32), account, ["ClaimError", "claim-account"]);
    await lie(/accounts\/0/, flipped(-1), account, ["ClaimError", "claim-account"]);
    await lie(/accounts\/0/, flipped(8 + 4 + 32), account, ["AnswerError", "other-account"]);
    await lie(/accounts\/0/, flipped(8), account, ["AnswerError", "other-height"]);
    const genesis = (client) => client.account(0, { height: 0 });
    await lie(/ancestors/, flipped(-1), genesis, ["ClaimError", "claim-not-ancestor"]);
    await lie(/ancestors/, flipped(-1), (client) => client.ancestor(0), ["ClaimError", "claim-not-ancestor"]);
    await lie(/blocks\/0$/, flipped(8 + 30), (client) => client.ancestor(0), ["ClaimError", "claim-not-ancestor"]);
    const transition = (client) => client.transition();
    await lie(/proofs\/state/, flipped(-1), transition, ["VerifyError", undefined]);
  });

  test("takes an abandoned connection for trouble, and no lie", async (t) => {
    const { client } = await misled(t, /accounts\/0/, (bytes) => bytes.subarray(0, 100));
    await assert.rejects(client.account(0), ({ code, transient }) => code === "truncated" && transient === true);
    const { client: alone } = await start(t, {
      fetch: (url, init) => (url.includes("/accounts/") ? Promise.reject(new Error("cut")) : fetch(url, init)),
    });
    await assert.rejects(alone.account(0), { name: "TransportError", code: "unreachable", transient: true });
  });

  test("asks nothing before there is a head, after its end, or for what is no number", async (t) => {
    const unanswered = () => new Promise(() => {});
    const client = await rpp.LightClient.start({ url: host.url, checkpoint, fetch: unanswered });
    t.after(() => client.close());
    await assert.rejects(client.account(0), { name: "ConfigError", code: "no-head" });
    for (const index of [-1, 1.5, 2 ** 32, "0", undefined]) {
      await assert.rejects(client.account(index), { name: "ConfigError", code: "bad-option" });
    }
    await assert.rejects(client.account(0, { heigth: 1 }), { code: "unknown-option" });
    await assert.rejects(client.account(0, { height: -1 }), { code: "bad-option" });
    await assert.rejects(client.operation("AB".repeat(32)), { code: "bad-option" });
    await assert.rejects(client.accountsOf("ab"), { code: "bad-option" });
    await assert.rejects(client.submit("text"), { code: "bad-bytes" });
    await client.close();
    await assert.rejects(client.account(0), { name: "ConfigError", code: "closed" });
  });

  test("ends a question with its signal, or with the client", async (t) => {
    const silent = (url, init) => (url.includes("/accounts/") ? hanging(init) : fetch(url, init));
    const { client } = await start(t, { fetch: silent });
    const controller = new AbortController();
    const asked = client.account(0, { signal: controller.signal });
    const reason = new Error("not wanted any more");
    controller.abort(reason);
    await assert.rejects(asked, reason);
    await assert.rejects(client.account(0, { signal: controller.signal }), reason);
    const left = client.account(0);
    await client.close();
    await assert.rejects(left, { code: "closed" });
  });
});

test("only a client makes verified accounts", () => {
  assert.throws(() => new rpp.VerifiedAccount(), { name: "ConfigError", code: "unverified-account" });
  for (const other of [undefined, {}, Object.create(rpp.VerifiedAccount.prototype), new Proxy({}, {})]) {
    assert.throws(() => evidenceOf(other), { name: "ConfigError", code: "unverified-account" });
  }
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 100));

const hanging = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

/** The signed operation in what the host says of one: behind magic, version, state and height, after its length. */
function operationOf(document) {
  const length = new DataView(document.buffer).getUint32(16, true);
  return document.slice(20, 20 + length);
}

/** The same as a host says it that has pruned the block: state 3, and the hash in place of the operation. */
function prunedOf(document, hash) {
  const length = new DataView(document.buffer).getUint32(16, true);
  const bytes = [document.subarray(0, 16), Buffer.from(hash, "hex"), document.subarray(20 + length)];
  return new Uint8Array(Buffer.concat(bytes)).with(8, 3);
}

const BLOCK = "application/vnd.rpp.block";
