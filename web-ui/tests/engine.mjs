// The queue in front of the engine's worker (engine.js), with workers that fail on purpose.
// Run by `cargo xtask test --only ui`, or `node --test web-ui/tests/engine.mjs`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const source = await readFile(new URL("../engine.js", import.meta.url), "utf8");
let copies = 0;

// A fresh engine.js whose workers behave as `world.behave(call)` says: "ok", "trap" (the
// call fails), "gone" (the worker's script cannot be had), or "silent".
async function engine() {
  const world = { behave: () => "ok", starts: 0, asked: [], now: 0, alarms: new Map() };
  Date.now = () => world.now;
  let alarms = 0;
  globalThis.setTimeout = (run) => (world.alarms.set(++alarms, run), alarms);
  globalThis.clearTimeout = (alarm) => world.alarms.delete(alarm);
  globalThis.Worker = class {
    constructor() {
      world.starts += 1;
      assert.ok(world.starts < 50, "workers are started without end");
    }
    postMessage([call, argument]) {
      world.asked.push(call);
      const how = world.behave(call);
      queueMicrotask(() => {
        if (this.ended || how === "silent") return;
        if (how === "gone") this.onerror({ message: "404" });
        else if (how === "trap") this.onmessage({ data: [false, `trap in ${call}`] });
        else this.onmessage({ data: [true, `${call} ${argument}`] });
      });
    }
    terminate() {
      this.ended = true;
    }
  };
  copies += 1;
  const { ask } = await import(`data:text/javascript,${encodeURIComponent(source)}//${copies}`);
  return { ask, world };
}

test("a call that fails costs the others nothing: a fresh worker gets the ruleset", async () => {
  const { ask, world } = await engine();
  await ask("load", "R");
  world.behave = (call) => (call === "explain" ? "trap" : "ok");
  const [failed, worked] = await Promise.allSettled([ask("explain", "1"), ask("check", "2")]);
  assert.equal(failed.reason, "trap in explain");
  assert.equal(worked.value, "check 2");
  assert.deepEqual(world.asked, ["load", "explain", "load", "check"]);
  assert.equal(world.starts, 2);
});

test("what takes too long is ended", async () => {
  const { ask, world } = await engine();
  await ask("load", "R");
  world.behave = (call) => (call === "explain" ? "silent" : "ok");
  const answers = Promise.allSettled([ask("explain", "1"), ask("check", "2")]);
  for (const ring of [...world.alarms.values()]) ring();
  const [late, worked] = await answers;
  assert.equal(late.reason, "too_long");
  assert.equal(worked.value, "check 2");
});

test("a worker that cannot be had is not started again and again", async () => {
  const { ask, world } = await engine();
  await ask("load", "R");
  world.behave = (call) => (call === "explain" ? "trap" : "gone");
  const answers = await Promise.allSettled([
    ask("explain", "1"),
    ask("explain", "2"),
    ask("check", "3"),
  ]);
  assert.deepEqual(
    answers.map(({ reason }) => reason),
    ["trap in explain", "lost 404", "lost 404"],
  );
  assert.equal(world.starts, 2);
  // Lost is lost, until somebody brings a ruleset, and not at once even then.
  world.behave = () => "ok";
  await assert.rejects(ask("explain", "4"), (why) => why === "lost 404");
  await assert.rejects(ask("load", "R"), (why) => why === "lost 404");
  assert.equal(world.starts, 2);
  world.now = 1_000;
  assert.equal(await ask("load", "R"), "load R");
  assert.equal(await ask("explain", "5"), "explain 5");
  assert.equal(world.starts, 3);
});

test("a ruleset that the engine cannot take is forgotten, and the pause grows", async () => {
  const { ask, world } = await engine();
  world.behave = (call) => (call === "load" ? "trap" : "ok");
  const reason = "lost trap in load";
  await assert.rejects(ask("load", "R"), (why) => why === reason);
  for (const pause of [1_000, 2_000, 4_000]) {
    world.now += pause - 1;
    const before = world.starts;
    await assert.rejects(ask("load", "R"), (why) => why === reason);
    assert.equal(world.starts, before, `it rests for ${pause} ms`);
    world.now += 1;
    await assert.rejects(ask("load", "R"), (why) => why === reason);
    assert.equal(world.starts, before + 1);
  }
  world.behave = () => "ok";
  world.now += 60_000;
  assert.equal(await ask("load", "S"), "load S");
  assert.equal(await ask("explain", "1"), "explain 1");
});
