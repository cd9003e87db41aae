// The thread that the engine works in: one call, one answer.
import load, { Engine } from "/serin-web-engine.js";

const engine = load({ module_or_path: "/serin-web-engine_bg.wasm" }).then(() => new Engine());

onmessage = async ({ data: [call, argument] }) => {
  try {
    postMessage([true, (await engine).ask(call, argument)]);
  } catch (error) {
    postMessage([false, String(error)]);
  }
};
