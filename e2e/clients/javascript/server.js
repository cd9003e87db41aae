// OpenFeature's client for JavaScript servers: one request an evaluation.

import assert from 'node:assert/strict';
import { OFREPProvider } from '@openfeature/ofrep-provider';
import { ErrorCode, OpenFeature } from '@openfeature/server-sdk';
import { configure, tell, within, world } from './story.js';

async function client(domain, key) {
  const headers = [['Authorization', `Bearer ${key}`]];
  await OpenFeature.setProviderAndWait(domain, new OFREPProvider({ baseUrl: world.url, headers }));
  return OpenFeature.getClient(domain);
}

const flags = await client('server', world.server_key);
const user = { targetingKey: 'user-1' };

await tell({
  async 'every type has its value, variant, reason and metadata'() {
    const on = await flags.getBooleanDetails('toggled', false, user);
    assert.deepEqual([on.value, on.variant, on.reason], [true, 'on', 'STATIC']);
    assert.equal(on.flagMetadata.reason, 'STATIC');
    assert.ok(on.flagMetadata.flagVersion > 0);
    assert.equal(await flags.getStringValue('text', '', user), 'hello');
    assert.equal(await flags.getNumberValue('count', 0, user), 7);
    assert.equal(await flags.getNumberValue('ratio', 0, user), 2);
    assert.deepEqual(await flags.getObjectValue('tree', {}, user), { a: [1, 2.5], b: null });
  },

  async 'targeting looks at the context'() {
    const german = await flags.getStringDetails('targeted', '', { ...user, country: 'DE' });
    assert.deepEqual([german.value, german.reason], ['guten Tag', 'TARGETING_MATCH']);
    assert.equal(german.flagMetadata.rule, 'german');
    const other = await flags.getStringDetails('targeted', '', user);
    assert.deepEqual([other.value, other.reason], ['hello', 'DEFAULT']);
    const since = await flags.getBooleanValue('dated', false, { since: new Date('2026-03-01T00:00:00Z') });
    assert.equal(since, true);
  },

  async 'a percentage holds for the same units as in the engine'() {
    const ask = ([unit]) => flags.getStringDetails('split', 'none', { targetingKey: unit });
    for (let from = 0; from < world.units.length; from += 50) {
      const units = world.units.slice(from, from + 50);
      const details = await Promise.all(units.map(ask));
      assert.deepEqual(details.map((it) => [it.value, it.reason]), units.map(([, value]) => [value, 'SPLIT']));
    }
  },

  async 'a switch is seen by the next evaluation'() {
    await configure('toggled', { enabled: false });
    const off = await flags.getBooleanDetails('toggled', true, user);
    assert.deepEqual([off.value, off.variant, off.reason], [false, 'off', 'DISABLED']);
    await configure('toggled', { enabled: true });
    assert.equal(await flags.getBooleanValue('toggled', false, user), true);
  },

  async 'what cannot be evaluated serves the default and says why'() {
    const unknown = await flags.getBooleanDetails('unknown', true, user);
    assert.deepEqual([unknown.value, unknown.errorCode], [true, ErrorCode.FLAG_NOT_FOUND]);
    const mismatch = await flags.getNumberDetails('text', 5, user);
    assert.deepEqual([mismatch.value, mismatch.errorCode], [5, ErrorCode.TYPE_MISMATCH]);
    const unitless = await flags.getStringDetails('split', 'none', {});
    assert.deepEqual([unitless.value, unitless.errorCode], ['none', ErrorCode.TARGETING_KEY_MISSING]);
    const stranger = await client('stranger', 'serin_server_wrong');
    const refused = await stranger.getBooleanDetails('toggled', false, user);
    assert.deepEqual([refused.value, refused.errorCode], [false, ErrorCode.GENERAL]);
    const hidden = await (await client('client', world.client_key)).getBooleanDetails('hidden', false, user);
    assert.equal(hidden.errorCode, ErrorCode.FLAG_NOT_FOUND);
  },

  async 'too many requests are held back until the server says'() {
    const busy = await client('busy', world.busy_key);
    const ask = () => busy.getBooleanDetails('toggled', false, user);
    const burst = await Promise.all(Array.from({ length: 200 }, ask));
    assert.ok(burst.some((it) => it.errorMessage?.includes('rate limit exceeded')));
    assert.match((await ask()).errorMessage, /paused due to TooManyRequests/);
    await within('an evaluation after the wait', (async () => {
      while ((await ask()).errorCode) await new Promise((resolve) => setTimeout(resolve, 50));
    })());
  },
});
