// Serin's engine beside the page: in a worker, so that nothing that it works on can make the
// page hang. What takes too long is ended, and the next call starts a fresh worker, which
// gets the ruleset of the last one.
const LIMIT = 5_000;
const LIMITS = { load: 60_000, impact: 60_000 };

const queue = [];
let worker;
let ruleset;
let current;
let timer;

// Asks the engine; answers with its JSON. Fails with "too_long" or with what went wrong.
export function ask(call, argument) {
  if (call === "load") {
    ruleset = argument;
  }
  return new Promise((resolve, reject) => {
    queue.push({ call, argument, resolve, reject });
    next();
  });
}

// One call at a time, so that the clock of each starts with its own work.
function next() {
  if (current || queue.length === 0) {
    return;
  }
  if (!worker) {
    start();
    if (ruleset !== undefined && queue[0].call !== "load") {
      const ignore = () => {};
      queue.unshift({ call: "load", argument: ruleset, resolve: ignore, reject: ignore });
    }
  }
  current = queue.shift();
  timer = setTimeout(() => fail("too_long"), LIMITS[current.call] ?? LIMIT);
  worker.postMessage([current.call, current.argument]);
}

function start() {
  worker = new Worker("/engine-worker.js", { type: "module" });
  worker.onmessage = ({ data: [worked, answer] }) => {
    if (worked) {
      done().resolve(answer);
      next();
    } else {
      fail(answer);
    }
  };
  worker.onerror = (event) => fail(event.message || "the engine could not be loaded");
}

function done() {
  clearTimeout(timer);
  const call = current;
  current = undefined;
  return call;
}

// A worker that failed is not asked again: nobody knows what state it is in.
function fail(reason) {
  worker.terminate();
  worker = undefined;
  done()?.reject(reason);
  next();
}
