import { expect, test } from 'vitest';
import { provenance } from './provenance.ts';

const used = (path: string, attemptNumber = 1) => ({ path, found: true, producedBy: { stageOrder: 2, attemptNumber } });

test('where a value came from, in words', () => {
  expect(provenance({ path: 'inputs.topic', found: true, producedBy: null }, false)).toBe('the run’s inputs');
  expect(provenance({ path: 'inputs.person.name', found: true, producedBy: null }, false)).toBe(
    'the run’s inputs, name',
  );
  expect(provenance(used('stage_2.output.title'), false)).toBe('stage 2, output.title');
  expect(provenance(used('facts.people', 3), false)).toBe('stage 2, 3rd answer, people');
  expect(provenance(used('stage_2.raw'), true)).toBe('stage 2, as edited by a person');
  expect(provenance({ path: 'inputs.tone', found: false, producedBy: null }, false)).toBe(
    'inputs.tone, not there: a default',
  );
});
