// OpenFeature's client for web pages: all flags at once, kept, and fetched again when the
// server's event stream says so. Node has no EventSource of its own.

import assert from 'node:assert/strict';
import { OFREPWebProvider } from '@openfeature/ofrep-web-provider';
import { ErrorCode, OpenFeature, ProviderEvents, ProviderStatus } from '@openfeature/web-sdk';
import { EventSource } from 'eventsource';
import { configure, tell, within, world } from './story.js';

globalThis.EventSource = EventSource;

/** What was asked and how it was answered. */
const requests = [];

async function recorded(request) {
  const response = await fetch(request);
  requests.push({ url: request.url, status: response.status });
  return response;
}

function provider(key, options = {}) {
  const headers = [['X-API-Key', key]];
  return new OFREPWebProvider({ baseUrl: world.url, headers, fetchImplementation: recorded, cacheMode: 'disabled', ...options });
}

async function client(domain, key, context, options) {
  await OpenFeature.setContext(domain, context);
  await OpenFeature.setProviderAndWait(domain, provider(key, options));
  return OpenFeature.getClient(domain);
}

function nextChange(flags) {
  return within('a change', new Promise((resolve) => {
    const heard = (details) => {
      flags.removeHandler(ProviderEvents.ConfigurationChanged, heard);
      resolve(details);
    };
    flags.addHandler(ProviderEvents.ConfigurationChanged, heard);
  }));
}

const page = await client('page', world.client_key, { targetingKey: 'user-1' });

await tell({
  async 'a page has the flags that it may see, of every type'() {
    const on = page.getBooleanDetails('toggled', false);
    assert.deepEqual([on.value, on.variant, on.reason], [true, 'on', 'STATIC']);
    assert.equal(page.getStringValue('text', ''), 'hello');
    assert.equal(page.getNumberValue('count', 0), 7);
    assert.equal(page.getNumberValue('ratio', 0), 2);
    assert.deepEqual(page.getObjectValue('tree', {}), { a: [1, 2.5], b: null });
    assert.equal(page.getBooleanDetails('hidden', false).errorCode, ErrorCode.FLAG_NOT_FOUND);
    assert.equal(page.getNumberDetails('text', 5).value, 5);
    // Only this client knows what an answer without a value means.
    assert.equal(page.getStringValue('code_default', 'mine'), 'mine');
  },

  async 'an event brings each change of what it sees, and the flags that changed'() {
    for (const enabled of [false, true, false, true]) {
      const changed = nextChange(page);
      await configure('toggled', { enabled });
      const event = await changed;
      assert.deepEqual(event.flagsChanged, ['toggled']);
      assert.equal(page.getBooleanValue('toggled', !enabled), enabled);
    }
    const again = requests.filter((it) => it.url.includes('flagConfigEtag='));
    assert.deepEqual(again.map((it) => it.status), [200, 200, 200, 200]);
    assert.ok(again.every((it) => /flagConfigLastModified=\d+/.test(it.url)));
  },

  async 'a change of what it cannot see brings nothing'() {
    const asked = requests.length;
    await configure('hidden', { enabled: false });
    const changed = nextChange(page);
    await configure('text', { default: { variation: 'bye' } });
    assert.deepEqual((await changed).flagsChanged, ['text']);
    assert.equal(page.getStringValue('text', ''), 'bye');
    assert.equal(requests.length, asked + 1);
  },

  async 'another context is decided anew'() {
    assert.equal(page.getStringValue('targeted', ''), 'hello');
    await OpenFeature.setContext('page', { targetingKey: 'user-1', country: 'DE' });
    assert.deepEqual(page.getStringDetails('targeted', '').reason, 'TARGETING_MATCH');
    assert.equal(page.getStringValue('targeted', ''), 'guten Tag');
    // Its stream goes on.
    const changed = nextChange(page);
    await configure('toggled', { enabled: false });
    assert.deepEqual((await changed).flagsChanged, ['toggled']);
    await configure('toggled', { enabled: true });
  },

  async 'one that polls is told when nothing changed'() {
    requests.length = 0;
    const options = { pollInterval: 100, changeDetection: 'polling' };
    const polling = await client('polling', world.other_client_key, { targetingKey: 'user-2' }, options);
    await within('an answer without a body', (async () => {
      while (!requests.some((it) => it.status === 304)) await new Promise((resolve) => setTimeout(resolve, 20));
    })());
    const changed = nextChange(polling);
    await configure('text', { default: { variation: 'hello' } });
    assert.deepEqual((await changed).flagsChanged, ['text']);
    assert.equal(polling.getStringValue('text', ''), 'hello');
    assert.deepEqual([...new Set(requests.map((it) => it.status))].sort(), [200, 304]);
    await OpenFeature.setProviderAndWait('polling', provider(world.server_key, { changeDetection: 'none' }));
  },

  async 'a percentage holds for the same units as in the engine'() {
    const pages = 10;
    const decide = async (_, page) => {
      const units = provider(world.server_key, { changeDetection: 'none' });
      let before = { targetingKey: 'nobody' };
      await units.initialize(before);
      for (const [unit, value] of world.units.filter((_, number) => number % pages === page)) {
        const context = { targetingKey: unit };
        await units.onContextChange(before, context);
        before = context;
        const details = units.resolveStringEvaluation('split', 'none', context);
        assert.deepEqual([details.value, details.reason], [value, 'SPLIT'], unit);
      }
    };
    await Promise.all(Array.from({ length: pages }, decide));
  },

  async 'a wrong key is fatal'() {
    const domain = 'stranger';
    await assert.rejects(OpenFeature.setProviderAndWait(domain, provider('serin_client_wrong')));
    const stranger = OpenFeature.getClient(domain);
    assert.equal(stranger.providerStatus, ProviderStatus.FATAL);
    assert.equal(stranger.getBooleanDetails('toggled', false).errorCode, ErrorCode.PROVIDER_FATAL);
  },

  async 'too many requests make it stale, not wrong'() {
    const busy = provider(world.busy_key, { changeDetection: 'none' });
    await busy.initialize({ targetingKey: 'user-1' });
    const stale = new Promise((resolve) => busy.events.addHandler(ProviderEvents.Stale, resolve));
    let before = { targetingKey: 'user-1' };
    for (let n = 0; n < 100; n += 1) {
      const context = { targetingKey: `user-${n}` };
      await busy.onContextChange(before, context);
      before = context;
    }
    assert.match((await within('a pause', stale)).message, /TooManyRequests/);
    assert.equal(busy.resolveBooleanEvaluation('toggled', false, before).value, true);
  },
});
