import { describe, expect, test } from 'vitest';
import { sentenceOf, type Told } from './sentence.ts';
import { asked, at, finished, retry, runOf, stage, started, status } from './testing.ts';

const told: Told = { errorMessage: null, pauseRequested: false, waitingFor: 'MODEL', message: '' };
const stages = [stage(1), stage(2, { judge: 'LLM' }), stage(3)];
const begun = [status('PENDING'), status('RUNNING')];

function said(events: object[], more: Partial<Told> = {}): string {
  const { word, parts } = sentenceOf(runOf(...events), stages, { ...told, ...more });
  return [word, ...parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part)))].join('|');
}

describe('the sentence under the title', () => {
  test('says which answer is written, and why not the one before', () => {
    const again = [...begun, started(2), finished(2, 'FAIL'), retry(2, 2), started(2, { attempt: 2 })];
    expect(said(again)).toBe(
      'Running|Stage 2 of 3 is writing its second answer; the judge refused the first.| Nothing waits for you.',
    );
  });

  test('says on which visit of a loop', () => {
    const loop = [...begun, started(1), finished(1, 'PASS'), started(1, { attempt: 2, visit: 2 })];
    expect(said(loop)).toBe(
      'Running|Stage 1 of 3, on its second visit, is writing its second answer.| Nothing waits for you.',
    );
  });

  test('says of a turn nothing that was said of the wait before', () => {
    const decided = [...begun, started(1), asked(1), status('PENDING')];
    const before = { waitingFor: 'DECISION', message: 'stage 1 waits for a person to decide on attempt 1' };
    expect(said(decided, before)).toBe('Pending|It waits for its turn.');
    expect(said(decided, { waitingFor: 'TURN', message: '2 runs are ahead of it' })).toBe(
      'Pending|2 runs are ahead of it.',
    );
  });

  test('says that an attempt was lost with its process', () => {
    const lost = [...begun, started(1), started(1, { attempt: 2 })];
    expect(said(lost)).toContain('second answer; the first was lost with its process.');
  });

  test('ticks while a person or another try is awaited', () => {
    const person = [...begun, started(1), asked(1), status('PAUSED', 'AWAITING_VALIDATION')];
    expect(said(person)).toBe(`Waits for you|Stage 1 of 3 has waited for your decision for |{"since":"${at(4)}"}|.`);
    const tries = [...begun, started(1), finished(1, 'ERROR'), retry(1, 2), status('PENDING', 'RETRY_WAIT')];
    expect(said(tries)).toBe(`Waits to retry|Stage 1 of 3 is tried again in |{"until":"${at(90)}"}|.`);
  });

  test('leaves to the diagnosis what events do not tell', () => {
    const turn = [status('PENDING')];
    expect(said(turn, { waitingFor: 'USER_LIMIT', message: 'your limit is 2 runs under way' })).toBe(
      'Pending|Your limit is 2 runs under way.',
    );
    expect(said([...begun, started(1)], { waitingFor: 'RESCUE', message: 'its process is gone' })).toContain(
      'Its process is gone.',
    );
    expect(said([...begun, started(2)], { waitingFor: 'JUDGE' })).toContain(
      'Stage 2 of 3 has answered; the judge reads it.',
    );
    expect(said([...begun, started(1)], { pauseRequested: true })).toContain('It pauses when that is done.');
  });

  test('counts the items of a list', () => {
    const items = [
      ...begun,
      ...[0, 1, 2].map((item) => started(2, { item, items: 1000 })),
      finished(2, 'PASS', { item: 0, items: 1000 }),
    ];
    expect(said(items)).toContain('Stage 2 of 3 has passed 1 of 1,000 items; 2 under way.');
  });

  test('says how it ended', () => {
    const done = [...begun, started(1), finished(1, 'PASS'), status('COMPLETED')];
    expect(said(done)).toBe('Completed|1 stage, 1 answer, in 4.0 s.');
    const tried = [
      ...begun,
      started(1),
      finished(1, 'FAIL'),
      retry(1, 2),
      started(1, { attempt: 2 }),
      finished(1, 'FAIL', { attempt: 2 }),
    ];
    expect(said([...tried, status('FAILED', 'STAGE_FAILED')])).toBe(
      'Failed|Stage 1 of 3 failed after 2 tries. The run took 7.0 s.',
    );
    expect(said([...tried, status('FAILED', 'LOOP_LIMIT')])).toBe(
      'Failed|It went in circles, last at stage 1 of 3. The run took 7.0 s.',
    );
    expect(said([...begun, started(2), status('CANCELLED')])).toBe(
      'Cancelled|It was cancelled at stage 2 of 3, after 3.0 s.',
    );
  });
});
