// What the clients watch: a run of several stages, and what must arrive of it.

import assert from 'node:assert/strict';

export const EVENTS = `subscription ($id: ID!, $after: Int) {
  executionEvents(executionId: $id, after: $after) {
    __typename seq
    ... on ExecutionStatusChanged { status }
  }
}`;

/** Events were 1, 2, 3, … to the end, each once. */
export function assertWhole(events) {
  assert.deepEqual(
    events.map(({ seq }) => seq),
    events.map((_, index) => index + 1),
  );
  assert.equal(events.at(-1).status, 'COMPLETED');
}
