// Runs that know whatever can happen to a run, with somebody who acts while they go on.

import type { RunEvent, RunState } from '../src/index.ts';
import type { House } from './house.ts';
import type { Answer, Call } from './provider.ts';

export interface Scenario {
  readonly name: string;
  readonly stages: readonly object[];
  readonly inputs?: object;
  readonly answer: (call: Call) => Answer;
  /** Is told of every event, with the state after it. */
  readonly act?: (house: House, event: RunEvent, state: RunState) => unknown;
}

const EMOJI = ['Sm\u{1F600}ile', ' \u{1F680}\u{1F680}', ' e\u0301', ' \u{1F469}\u200D\u{1F680}', ' end'];
const slow = (words: readonly string[] = EMOJI): Answer => ({ words, pause: 70 });

export const scenarios: readonly Scenario[] = [
  {
    name: 'words beyond the basic plane',
    stages: [{}, {}],
    answer: () => slow(),
  },
  {
    name: 'a thought that is withdrawn',
    stages: [{}],
    answer: () => slow(['Let me ', 'see \u{1F914}', '\n</think>\n', 'The ', 'answer']),
  },
  {
    name: 'retries',
    stages: [{ retryLimit: 3, validationType: 'REGEX', validationCriteria: { pattern: 'good' } }],
    answer: ({ before }) =>
      [slow(['bad']), { status: 500 }, slow(['worse']), { status: 429 }][before] ?? slow(['good']),
  },
  {
    name: 'a loop',
    stages: [
      { promptTemplate: 'write' },
      {
        promptTemplate: 'look',
        validationType: 'REGEX',
        validationCriteria: { pattern: 'fine' },
        nextStageOnFail: 1,
      },
    ],
    answer: ({ prompt, before }) => ({ words: [prompt === 'look' && before >= 2 ? 'fine' : 'hm'], pause: 20 }),
  },
  {
    name: 'a failure for good',
    stages: [{ stageOrder: 1 }, { promptTemplate: 'fail' }],
    answer: ({ prompt }) => (prompt === 'fail' ? { status: 400 } : {}),
  },
  {
    name: 'a pause between attempts',
    stages: [{}, {}],
    answer: () => slow(),
    act(house, event, { id, attempts }) {
      if (event.__typename === 'StageStarted' && attempts.length === 1) house.pause(id);
      if (event.__typename === 'ExecutionStatusChanged' && event.status === 'PAUSED') later(() => house.resume(id));
    },
  },
  {
    name: 'a person who refuses, edits and passes',
    stages: [{ validationType: 'MANUAL', retryLimit: 1 }, {}],
    answer: () => slow(['draft']),
    act(house, event) {
      if (event.__typename !== 'ManualValidationRequested') return;
      const isFirst = event.seq < 8;
      later(() =>
        house.decide(
          event.log.id,
          isFirst ? { result: 'FAIL', notes: 'no' } : { result: 'PASS', editedOutput: 'mine' },
        ),
      );
    },
  },
  {
    name: 'a pause that holds after a decision',
    stages: [{ validationType: 'MANUAL' }, {}],
    answer: () => ({}),
    act(house, event, { id }) {
      if (event.__typename !== 'ManualValidationRequested') return;
      later(async () => {
        await house.pause(id);
        await house.decide(event.log.id, { result: 'PASS' });
        later(() => house.resume(id));
      });
    },
  },
  {
    name: 'a judge who is out',
    stages: [
      {
        promptTemplate: 'write',
        validationType: 'LLM',
        validationCriteria: { prompt: 'judge {{output}}' },
        retryLimit: 1,
      },
    ],
    answer({ prompt, before }) {
      if (!prompt.startsWith('judge')) return slow(['text']);
      if (before === 0) return { status: 503 };
      return { words: [JSON.stringify({ pass: before > 1, notes: 'well' })], pause: 50 };
    },
  },
  {
    name: 'a cancelled run',
    stages: [{}],
    answer: () => ({ ...slow(), hangs: true }),
    act(house, event, { id }) {
      if (event.__typename === 'StageOutputDelta' && event.offset === 0) house.cancel(id);
    },
  },
  {
    name: 'a process that is killed',
    stages: [{}, { promptTemplate: 'die' }],
    answer: ({ prompt, before }) => ({ ...slow(), hangs: prompt === 'die' && before === 0 }),
    act(house, event, { attempts }) {
      const isFirstWord = event.__typename === 'StageOutputDelta' && event.offset === 0;
      if (isFirstWord && attempts.length === 2) house.crash();
    },
  },
  {
    name: 'a list, item by item',
    stages: [
      {
        promptTemplate: 'item {{item}}',
        forEach: { in: 'inputs.list', concurrency: 4, onItemFail: 'skip' },
        validationType: 'REGEX',
        validationCriteria: { pattern: '\u{1F600}' },
        retryLimit: 1,
      },
      { promptTemplate: 'all' },
    ],
    inputs: { list: Array.from({ length: 12 }, (_, index) => index) },
    answer({ prompt, before }) {
      const item = Number(prompt.slice(5));
      if (item % 5 === 1 && before === 0) return { status: 500 };
      return { words: item % 4 === 2 && before < 2 ? ['no'] : ['\u{1F600}', ` ${prompt}`], pause: 15 };
    },
  },
  {
    name: 'a list whose process is killed',
    stages: [{ promptTemplate: 'item {{item}}', forEach: { in: 'inputs.list', concurrency: 4 } }],
    inputs: { list: Array.from({ length: 8 }, (_, index) => index) },
    answer: ({ prompt, before }) => ({
      words: ['some', ' words'],
      pause: 30,
      hangs: before === 0 && Number(prompt.slice(5)) > 4,
    }),
    act(house, event, { attempts }) {
      if (event.__typename === 'StageStarted' && attempts.length === 8) later(() => house.crash());
    },
  },
];

/** So that a state can be seen before it goes on. */
function later(act: () => unknown): void {
  setTimeout(act, 120);
}
