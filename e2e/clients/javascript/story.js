// What the stories of both clients need: the world that the test made, ways to change it,
// and a failure that says where it came from.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** The server's address, keys, and what the engine decides: see openfeature.rs. */
export const world = JSON.parse(readFileSync(process.argv[2], 'utf8'));

/** Changes a flag in the environment that the keys open. */
export async function configure(flag, patch) {
  const response = await fetch(`${world.flags}/${flag}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${world.token}`, 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(patch),
  });
  assert.equal(response.status, 200, await response.text());
}

/** Waits for something that must happen, and says what did not. */
export function within(what, promise, patience = 20_000) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen`)), patience);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Tells each story in turn; the first failure ends the program. */
export async function tell(stories) {
  for (const [name, story] of Object.entries(stories)) {
    try {
      await within(name, story(), 60_000);
    } catch (error) {
      console.error(`FAILED: ${name}`);
      console.error(error);
      process.exit(1);
    }
    console.log(`ok: ${name}`);
  }
  // Some clients keep timers and sockets.
  process.exit(0);
}
