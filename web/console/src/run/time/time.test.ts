import { foldRunEvents, initialRun, type RunEvent, type RunState, timeOf } from '@footlight/client';
import { describe, expect, test } from 'vitest';
import { accountOf, apportion, exactly } from './account.ts';
import { layoutTime, type View } from './layout.ts';
import { elapsed } from './ticks.ts';

const START = Date.parse('2026-11-23T08:45:00.000Z');
const WIDE: View = { kind: 'lane', width: 1392, unfolded: new Set() };
const SCORE: View = { ...WIDE, kind: 'score' };
const MINUTE = 60_000;

/** A run as a list of what happened, each at so many milliseconds since its start. */
class Story {
  #events: RunEvent[] = [];
  constructor() {
    this.status(0, 'PENDING').status(0, 'RUNNING');
  }
  #add(ms: number, event: object): this {
    const occurredAt = new Date(START + ms).toISOString();
    this.#events.push({ seq: this.#events.length + 1, occurredAt, ...event } as RunEvent);
    return this;
  }
  status(ms: number, status: string, reason: string | null = null): this {
    return this.#add(ms, { __typename: 'ExecutionStatusChanged', status, reason });
  }
  started(ms: number, stageOrder: number, attemptNumber = 1, itemIndex: number | null = null): this {
    const executedAt = new Date(START + ms).toISOString();
    const log = { id: idOf(stageOrder, attemptNumber, itemIndex), visit: 1, stageName: null, executedAt };
    const place = { stageOrder, attemptNumber, itemIndex, itemCount: null };
    return this.#add(ms, { __typename: 'StageStarted', ...place, log });
  }
  finished(
    ms: number,
    answered: number,
    verdict: string,
    stageOrder: number,
    attemptNumber = 1,
    itemIndex: number | null = null,
  ): this {
    const log = {
      id: idOf(stageOrder, attemptNumber, itemIndex),
      status: 'FINISHED',
      answeredAt: new Date(START + answered).toISOString(),
      usage: null,
    };
    const place = {
      stageOrder,
      attemptNumber,
      itemIndex,
      validationResult: verdict,
      nextStageOrder: null,
      routeValue: null,
    };
    return this.#add(ms, { __typename: 'StageFinished', ...place, log });
  }
  asked(ms: number, stageOrder: number): this {
    const log = { id: idOf(stageOrder, 1, null), answeredAt: new Date(START + ms).toISOString() };
    return this.#add(ms, { __typename: 'ManualValidationRequested', log }).status(ms, 'PAUSED', 'AWAITING_VALIDATION');
  }
  decided(ms: number, stageOrder: number): this {
    const log = { id: idOf(stageOrder, 1, null) };
    return this.#add(ms, { __typename: 'ManualValidationRecorded', result: 'PASS', notes: null, log })
      .status(ms, 'PENDING')
      .status(ms, 'RUNNING')
      .finished(ms, ms, 'PASS', stageOrder);
  }
  retry(ms: number, at: number, stageOrder: number, attemptNumber: number): this {
    const retryAt = new Date(START + at).toISOString();
    const place = { stageOrder, attemptNumber, itemIndex: null };
    return this.#add(ms, { __typename: 'StageRetryScheduled', ...place, retryAt, reason: null });
  }
  run(): RunState {
    return foldRunEvents(initialRun('run'), this.#events);
  }
}

const idOf = (...parts: unknown[]) => parts.join('.');
const stages = (count: number) => Array.from({ length: count }, (_, index) => ({ stageOrder: index + 1, name: null }));

function layout(run: RunState, ms: number, view: View = WIDE, count = 3) {
  return layoutTime(run, timeOf(run, START + ms), stages(count), view);
}

const simple = () =>
  new Story()
    .started(0, 1)
    .finished(30_000, 20_000, 'PASS', 1)
    .started(30_000, 2)
    .finished(40_000, 39_000, 'FAIL', 2)
    .started(50_000, 2, 2)
    .finished(60_000, 60_000, 'PASS', 2, 2);

describe('the lane', () => {
  test('has its bars to scale, in the order of time', () => {
    const run = simple().status(60_000, 'COMPLETED').run();
    const { bars } = layout(run, 60_000);
    expect(bars.map(({ place }) => Math.round(place))).toEqual([0, 696, 1160]);
    expect(bars.map(({ width }) => Math.round(width))).toEqual([696, 232, 232]);
    expect(bars[0]?.parts.map(({ kind, width }) => [kind, Math.round(width)])).toEqual([
      ['model', 464],
      ['judge', 232],
    ]);
  });

  test('has no bar over the next, where an attempt began a moment before the one ahead of it was told to be over', () => {
    const run = new Story()
      .started(0, 1)
      .finished(30, 20, 'PASS', 1)
      .started(29, 2)
      .finished(60, 50, 'PASS', 2)
      .status(60, 'COMPLETED')
      .run();
    const [first, second] = layout(run, 60).bars;
    expect(second?.place).toBeCloseTo((1392 * 29) / 60);
    expect((first?.place ?? 0) + (first?.width ?? 0)).toBeCloseTo(second?.place ?? 0);
    const last = first?.parts.at(-1);
    expect((last?.place ?? 0) + (last?.width ?? 0)).toBeCloseTo(first?.width ?? 0);
    expect(first?.name).toBe('Stage 1, passed, model 20 ms, judge 10 ms');
  });

  test('calls each bar by what became of it', () => {
    const run = simple().started(61_000, 3).run();
    expect(layout(run, 70_000).bars.map(({ name }) => name)).toEqual([
      'Stage 1, passed, model 20 s, judge 10 s',
      'Stage 2, first answer, refused, model 9.0 s, judge 1.0 s',
      'Stage 2, second answer, passed, model 10 s',
      'Stage 3, writing, 9 s so far',
    ]);
  });

  test('folds a wait of more than a minute to one width, and unfolds it to scale', () => {
    const long = (wait: number) =>
      new Story()
        .started(0, 1)
        .asked(10_000, 1)
        .decided(10_000 + wait, 1)
        .status(10_000 + wait, 'COMPLETED')
        .run();
    for (const wait of [2 * MINUTE, 200 * MINUTE]) {
      const run = long(wait);
      const [block] = layout(run, 0).blocks;
      expect(block).toMatchObject({ isFolded: true, whom: 'a person' });
      expect(Math.round(block?.width ?? 0)).toBe(112);
      const unfolded = layout(run, 0, { ...WIDE, unfolded: new Set([START + 10_000]) });
      expect(unfolded.blocks[0]?.width).toBeCloseTo((1392 * wait) / (wait + 10_000));
      expect(unfolded.ticks.length).toBeGreaterThan(2);
    }
    expect(layout(long(39_000), 0).blocks[0]).toMatchObject({ isFolded: false, wait: { isLong: false } });
    expect(layout(long(41_000), 0).blocks[0]).toMatchObject({ isFolded: true, wait: { isLong: true } });
  });

  test('tells of a person who has not decided yet', () => {
    const run = new Story().started(0, 1).asked(10_000, 1).run();
    const { blocks, bars } = layout(run, 10_000 + 134 * MINUTE);
    expect(blocks[0]).toMatchObject({ isFolded: true, name: 'a person 2 h 14 min so far folded: the run waits' });
    expect(bars[0]).toMatchObject({ outcome: 'you', name: 'Stage 1, waits for a person, model 10 s' });
  });

  test('shows the stages that are to come, and none once it has ended', () => {
    const alive = new Story().started(0, 1);
    expect(layout(alive.run(), 5_000, WIDE, 12).toCome.map(({ stageOrder }) => stageOrder)).toEqual([
      2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
    ]);
    const { bars, toCome } = layout(alive.run(), 5_000, WIDE, 100);
    const end = (bars.at(-1)?.place ?? 0) + (bars.at(-1)?.width ?? 0);
    expect(toCome[0]?.place).toBeGreaterThan(end);
    expect((toCome.at(-1)?.place ?? 0) + (toCome.at(-1)?.width ?? 0)).toBeLessThanOrEqual(1392);
    expect(layout(alive.status(9_000, 'CANCELLED').run(), 9_000, WIDE, 12).toCome).toEqual([]);
  });

  test('stands still while only what is alive grows', () => {
    const run = simple().started(60_000, 3).run();
    const [one, other] = [layout(run, 63_000), layout(run, 64_000)];
    expect(other.bars.slice(0, 3)).toEqual(one.bars.slice(0, 3));
    expect(other.bars[3]?.width).toBeGreaterThan(one.bars[3]?.width ?? 0);
  });

  test('leaves a lost process and a retry to be seen', () => {
    const run = new Story().started(0, 1).retry(7_000, 19_000, 1, 2).started(19_000, 1, 2).run();
    const { bars, blocks } = layout(run, 25_000);
    expect(bars[0]).toMatchObject({
      outcome: 'lost',
      name: 'Stage 1, first answer, lost with its process after 7.0 s',
    });
    expect(bars[0]?.parts.map(({ kind }) => kind)).toEqual(['lost']);
    expect(blocks).toMatchObject([{ whom: 'another try', isFolded: false }]);
  });

  test('has no tick, label or stage to come beside a narrow one but what is alive', () => {
    const { ticks, toCome, labels } = layout(simple().started(61_000, 3).run(), 70_000, { ...WIDE, width: 358 }, 12);
    expect([ticks, toCome, labels.map(({ text }) => text)]).toEqual([[], [], ['3 now']]);
  });

  test('of a run that has not begun is empty', () => {
    expect(layout(initialRun('run'), 0).bars).toEqual([]);
  });
});

describe('ticks', () => {
  test('never run into each other, whatever the length and the folds', () => {
    for (const seconds of [1, 7, 61, 600, 7_200, 90_000, 2_000_000]) {
      const story = new Story()
        .started(0, 1)
        .asked(seconds * 300, 1)
        .decided(seconds * 600, 1);
      const run = story.status(seconds * 1_000, 'COMPLETED').run();
      const { ticks } = layout(run, 0);
      expect(ticks[0]?.label).toBe('0:00');
      for (const [index, tick] of ticks.slice(1).entries()) {
        const before = ticks[index];
        expect(tick.place - (before?.place ?? 0)).toBeGreaterThan((before?.label.length ?? 0) * 7);
      }
    }
  });

  test('are told as a clock does', () => {
    expect([0, 30_000, 500, 8_190_000].map(elapsed)).toEqual(['0:00', '0:30', '0:00.5', '2:16:30']);
  });
});

describe('much of it', () => {
  test('300 attempts in a loop: all are there, in order, and none runs into the next', () => {
    const story = new Story();
    for (let n = 0; n < 300; n += 1) {
      const at = n * 2_000 + (n % 7) * 100;
      story.started(at, (n % 2) + 1, Math.floor(n / 2) + 1);
      story.finished(at + 1_000, at + 900, n % 5 === 0 ? 'FAIL' : 'PASS', (n % 2) + 1, Math.floor(n / 2) + 1);
    }
    const run = story.status(601_000, 'COMPLETED').run();
    for (const view of [WIDE, SCORE]) {
      const { bars } = layout(run, 0, view);
      expect(bars.flatMap(({ attempts }) => attempts)).toHaveLength(300);
      if (view.kind === 'lane') expect(bars.length).toBeLessThan(100);
      for (const row of view.kind === 'lane' ? [null] : [1, 2]) {
        const inRow = bars.filter(({ attempts }) => row === null || attempts[0]?.stageOrder === row);
        for (const [index, bar] of inRow.slice(1).entries()) {
          const before = inRow[index];
          expect(bar.place).toBeGreaterThanOrEqual((before?.place ?? 0) + (before?.width ?? 0) - 0.001);
        }
      }
    }
  });

  test('1,000 items, eight side by side: neighbours are joined, nobody is lost', () => {
    const story = new Story();
    for (let n = 0; n < 1_000; n += 8) {
      for (let lane = 0; lane < 8; lane += 1) story.started(n * 100, 1, 1, n + lane);
      for (let lane = 0; lane < 8; lane += 1)
        story.finished(n * 100 + 790, n * 100 + 780, n + lane === 333 ? 'FAIL' : 'PASS', 1, 1, n + lane);
    }
    const run = story.status(100_000, 'COMPLETED').run();
    const { bars, labels } = layout(run, 0, { ...WIDE, width: 400 });
    expect(bars.flatMap(({ attempts }) => attempts)).toHaveLength(1_000);
    expect(bars.length).toBeLessThan(300);
    expect(new Set(bars.map(({ track }) => track)).size).toBe(8);
    expect(bars.find(({ outcome }) => outcome === 'mixed')).toMatchObject({ logId: '1.1.333' });
    expect(bars[0]?.name).toMatch(/^Stage 1, items 1 to \d+, \d+ passed$/);
    expect(labels.length).toBeLessThanOrEqual(1);
    expect(layout(run, 0).labels.map(({ text }) => text)).toEqual(['1']);
  });
});

describe('the account', () => {
  test('sums up to the whole, as it is shown', () => {
    const run = simple().retry(60_000, 70_333, 3, 2).started(70_777, 3).asked(80_111, 3).decided(90_222, 3);
    const state = run.status(99_999, 'COMPLETED').run();
    const account = accountOf(state, timeOf(state, START));
    const seconds = (long: string) =>
      [...long.matchAll(/([\d.]+) (min|s)/g)].reduce((sum, [, n, u]) => sum + Number(n) * (u === 'min' ? 60 : 1), 0);
    expect(account.total).toBe('1 min 40 s');
    expect(account.parts.reduce((sum, { long }) => sum + seconds(long), 0)).toBe(100);
    expect(account.parts.filter(({ isMost }) => isMost).map(({ kind }) => kind)).toEqual(['model']);
  });

  test('rounds where the most is lost', () => {
    expect(apportion([0.4, 0.4, 0.2], 1)).toEqual([1, 0, 0]);
    expect(apportion([1.5, 1.6, 2.9], 6)).toEqual([1, 2, 3]);
  });

  test('tells all units', () => {
    expect([exactly(999, 1), exactly(4_200, 100)]).toEqual(['999 ms', '4.2 s']);
    expect([9_000, 112_000, 8_043_000, 7_200_000].map((ms) => exactly(ms, 1_000))).toEqual([
      '9 s',
      '1 min 52 s',
      '2 h 14 min 3 s',
      '2 h',
    ]);
  });
});
