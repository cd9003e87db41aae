// Serin's engine beside the page: in a worker, so that nothing that it works on can make the
// page hang. What takes too long is ended, and the next call starts a fresh worker, which
// gets the ruleset of the last one.
//
// Where a worker cannot be had, or cannot take the ruleset, the engine is lost: whoever
// waits is told ("lost …"), and only another ruleset starts it again, after a pause.
const LIMIT = 5_000;
const LIMITS = { load: 60_000, impact: 60_000 };
// How long a lost engine rests, in milliseconds; twice as long each time.
const PAUSE = 1_000;
const LONGEST_PAUSE = 60_000;

const queue = [];
let worker;
// Whether the worker has answered anything.
let proven = false;
let ruleset;
let current;
let timer;
// Why the engine is lost, and until when it rests.
let lost;
let pause = 0;
let rests = 0;

// Asks the engine; answers with its JSON. Fails with "too_long", with "lost …", or with
// what went wrong.
export function ask(call, argument) {
  if (lost !== undefined && (call !== "load" || Date.now() < rests)) {
    return Promise.reject(lost);
  }
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
  proven = false;
  worker = new Worker("/engine-worker.js", { type: "module" });
  worker.onmessage = ({ data: [worked, answer] }) => {
    if (worked) {
      proven = true;
      lost = undefined;
      pause = 0;
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
  const call = done();
  worker.terminate();
  worker = undefined;
  if (call?.call === "load" || !proven) {
    lose(reason, call);
    return;
  }
  call?.reject(reason);
  next();
}

// It would fail again at once: nobody is kept waiting, and nothing is tried until somebody
// brings a ruleset after the pause.
function lose(reason, call) {
  lost = `lost ${reason === "too_long" ? "it takes too long to begin" : reason}`;
  ruleset = undefined;
  pause = Math.min(pause * 2 || PAUSE, LONGEST_PAUSE);
  rests = Date.now() + pause;
  const waiting = queue.splice(0);
  call?.reject(lost);
  for (const { reject } of waiting) {
    reject(lost);
  }
}
