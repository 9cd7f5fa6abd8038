import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { foldRunEvents, initialRun, type RunEvent, type RunState } from '../src/index.ts';
import { type House, startHouse, watch } from './house.ts';
import { scenarios } from './scenarios.ts';
import { toldBy, truthOf } from './truth.ts';

let house: House;

beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.stop());

for (const { name, stages, inputs, answer, act } of scenarios) {
  test(`${name}: the events fold into what execution says`, async () => {
    house.provider.script(answer);
    const { client, close } = house.connect();
    const id = await house.start(await house.workflow(stages as object[]), inputs);
    const acted: unknown[] = [];
    const events = await watch(client, id, (event, state: RunState) => acted.push(act?.(house, event, state)));
    await Promise.all(acted);
    const truth = await truthOf(house, id);
    const state = foldRunEvents(initialRun(id), events);
    expect(toldBy(state)).toEqual(truth);
    expect(state.gap).toBe(false);
    // Whoever comes late, and reads what is stored, sees the same.
    expect(toldBy(foldRunEvents(initialRun(id), await watch(client, id)))).toEqual(truth);
    record(name, events);
    close();
  });
}

/** What the tests of the fold go over, an event a line. `RECORD=1` writes it anew. */
function record(name: string, events: readonly RunEvent[]): void {
  if (!process.env.RECORD) return;
  const file = join(import.meta.dirname, 'recorded', `${name.replaceAll(/\W+/g, '-')}.jsonl`);
  writeFileSync(file, events.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
