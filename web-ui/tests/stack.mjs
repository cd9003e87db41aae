// The deepest value schema that is taken has room on the stack of the module that browsers
// load. Run by `cargo xtask test --only ui`, with the folder of the built UI.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";

const assets = join(resolve(process.argv[2]), "assets");
const files = await readdir(assets);
const find = (pattern) => join(assets, files.find((file) => pattern.test(file)));
const glue = await readFile(find(/^serin-web-engine-.*\.js$/), "utf8");
const { initSync, Engine } = await import(`data:text/javascript,${encodeURIComponent(glue)}`);
initSync({ module: await readFile(find(/^serin-web-engine_bg.*\.wasm$/)) });

// As long as documents/src/value_schema/effort.rs lets them be: 500 inside each other, and
// 1000 of which no value leads into the rest.
const chain = (length) => {
  const schema = { $defs: { [`d${length}`]: { required: ["x"] } } };
  for (let n = 0; n < length; n += 1) {
    schema.$defs[`d${n}`] = { $ref: `#/$defs/d${n + 1}` };
  }
  return schema;
};
const check = (schema) => {
  const engine = new Engine();
  const ruleset = { format: 1, project: "p", environment: "e", revision: 1, flags: {}, segments: {} };
  assert.ok(JSON.parse(engine.ask("load", JSON.stringify(ruleset))).ok);
  const definition = { type: "object", variations: [{ key: "a", value: {} }], schema };
  const answer = JSON.parse(engine.ask("check", JSON.stringify({ kind: "flag", definition })));
  return answer.ok.mistakes.map(({ path }) => path);
};
assert.deepEqual(check({ ...chain(490), $ref: "#/$defs/d0" }), ["/variations/0/value/x"]);
assert.deepEqual(check({ ...chain(990), properties: { a: { $ref: "#/$defs/d0" } } }), []);
console.log("the deepest schemas have room");
