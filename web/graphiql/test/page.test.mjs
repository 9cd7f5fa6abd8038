// The parts of the page that decide something, without a browser: `npm test`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { followed } from '../src/fetcher.js';
import { prepareTabs } from '../src/starters.js';
import { withoutHeaders } from '../src/storage.js';
import { createTranscript } from '../src/transcript.js';

function memory(entries = {}) {
  return Object.defineProperties(
    { ...entries },
    {
      getItem: {
        value(key) {
          return this[key] ?? null;
        },
      },
      setItem: {
        value(key, value) {
          this[key] = value;
        },
      },
      removeItem: {
        value(key) {
          delete this[key];
        },
      },
    },
  );
}

const event = (fields) => ({ data: { executionEvents: { executionId: 'run', ...fields } } });
const delta = (offset, text, logId = 'log') => event({ seq: 2, logId, offset, text });

test('the latest event stands as it came, with those before it, newest first', () => {
  const transcript = createTranscript();
  assert.deepEqual(transcript.add(event({ seq: 1 })), event({ seq: 1 }));
  transcript.add(event({ seq: 2 }));
  assert.deepEqual(transcript.add(event({ seq: 3 })), {
    ...event({ seq: 3 }),
    earlier: [
      { executionId: 'run', seq: 2 },
      { executionId: 'run', seq: 1 },
    ],
  });
});

test('an event that a reconnect repeats is not shown twice', () => {
  const transcript = createTranscript();
  transcript.add(event({ seq: 1 }));
  assert.equal(transcript.add(event({ seq: 1 })), null);
  assert.notEqual(transcript.add(delta(0, 'a')), null);
  assert.notEqual(transcript.add(delta(0, 'a')), null);
});

test('deltas of one attempt join by code points, and offset 0 replaces them', () => {
  const texts = (...deltas) => {
    const transcript = createTranscript();
    for (const one of deltas) transcript.add(one);
    return transcript.add(event({ seq: 3 })).earlier.map(({ text }) => text);
  };
  assert.deepEqual(texts(delta(0, 'a🎭'), delta(2, 'b'), delta(3, 'c')), ['a🎭bc']);
  assert.deepEqual(texts(delta(0, 'old'), delta(3, 'er'), delta(0, 'new')), ['new']);
  assert.deepEqual(texts(delta(0, 'a'), delta(0, 'b', 'other')), ['b', 'a']);
  assert.deepEqual(texts(delta(0, 'a'), delta(9, 'after a gap')), ['after a gap', 'a']);
});

test('errors are shown after the events that came before them', () => {
  const transcript = createTranscript();
  transcript.add(event({ seq: 1 }));
  const shown = transcript.add({ errors: [{ message: 'gone' }] });
  assert.deepEqual(shown.errors, [{ message: 'gone' }]);
  assert.equal(shown.earlier.length, 1);
});

test('stored tabs give way to proposals that changed, and stay with the same ones', () => {
  const storage = memory({ 'graphiql:tabState': 'old', 'graphiql:theme': 'dark' });
  const tabs = [{ query: 'query A { me { id } }', variables: { id: 1 }, headers: null }];
  assert.deepEqual(prepareTabs(tabs, storage), [{ ...tabs[0], variables: '{\n  "id": 1\n}' }]);
  assert.equal(storage.getItem('graphiql:tabState'), null);
  assert.equal(storage.getItem('graphiql:query'), tabs[0].query);
  assert.equal(storage.getItem('graphiql:theme'), 'dark');

  storage.setItem('graphiql:tabState', 'mine');
  prepareTabs(tabs, storage);
  assert.equal(storage.getItem('graphiql:tabState'), 'mine');
  prepareTabs([{ ...tabs[0], variables: { id: 2 } }], storage);
  assert.equal(storage.getItem('graphiql:tabState'), null);
});

test('history is kept without the headers, which carry tokens', () => {
  const storage = memory({ unrelated: 'x' });
  const kept = withoutHeaders(storage);
  kept.setItem('graphiql:queries', JSON.stringify({ queries: [{ query: '{ me { id } }', headers: 'secret' }] }));
  assert.equal(kept.getItem('graphiql:queries'), '{"queries":[{"query":"{ me { id } }"}]}');
  assert.equal(kept.length, 1);
  kept.clear();
  assert.deepEqual(Object.keys(storage), ['unrelated']);
});

const follow = (events) => {
  const ends = [];
  const explain = (error) => ({ errors: [{ message: error.message }] });
  return [followed(events, (result) => result, { explain, ended: () => ends.push('ended') }), ends];
};

test('a subscription that breaks for good ends with one answer that says why', async () => {
  async function* broken() {
    yield event({ seq: 1 });
    throw new Error('refused');
  }
  const [events, ends] = follow(broken());
  const shown = [];
  for await (const answer of events) shown.push(answer);
  assert.deepEqual(shown, [
    event({ seq: 1 }),
    { errors: [{ message: 'refused' }], earlier: [{ executionId: 'run', seq: 1 }] },
  ]);
  assert.deepEqual(ends, ['ended']);
});

test('a subscription that is stopped ends once, without waiting for its next event', async () => {
  const silent = { next: () => new Promise(() => {}), return: async () => ({ done: true }) };
  const [events, ends] = follow(silent);
  events.next();
  assert.deepEqual(await events.return(), { done: true });
  assert.deepEqual(await events.next(), { done: true, value: undefined });
  assert.deepEqual(ends, ['ended']);
});
