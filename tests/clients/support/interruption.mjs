// The server is killed in the middle of a run, and comes back, under the eyes of whoever watches it.

import assert from 'node:assert/strict';
import { assertWhole } from './run.mjs';

/** Three stages of three words each. */
const STAGES = [{}, {}, {}];

/** One word into the second stage. */
const WORDS = 4;

/**
 * Starts a run and calls `watch(id, see, back)`, which hands each event that a client receives to `see` and settles when
 * the client has seen the run end. The server is killed while the second stage speaks, but not before `ready`, and
 * started again at once; `back` settles when it serves.
 */
export async function interrupted(server, token, watch, ready = Promise.resolve()) {
  const { provider } = server;
  const hold = holdAfter(WORDS);
  provider.pace = hold.pace;
  const events = [];
  let restarted = null;
  const see = (event) => {
    events.push(event);
    const isSecond = started(events).length === 2;
    if (isSecond) restarted ??= Promise.all([hold.reached, ready]).then(() => restart(server, hold));
  };
  const id = await server.run(token, await server.workflow(token, STAGES));
  await watch(id, see, () => restarted);
  await restarted;
  provider.pace = async () => {};
  assertWhole(events);
  assert.equal(started(events).length, STAGES.length + 1, 'the second stage was tried again');
}

const started = (events) => events.filter(({ __typename }) => __typename === 'StageStarted');

async function restart(server, hold) {
  await server.kill();
  hold.release();
  await server.start();
}

/** A pace that lets so many words pass, and the others once it is released. */
function holdAfter(words) {
  const hold = {};
  const released = new Promise((settle) => (hold.release = settle));
  hold.reached = new Promise((reach) => {
    let asked = 0;
    hold.pace = async () => {
      asked += 1;
      if (asked <= words) return;
      reach();
      await released;
    };
  });
  return hold;
}
