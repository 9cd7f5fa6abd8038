import { expect, test } from 'vitest';
import { provenance } from './provenance.ts';

const used = (path: string, attemptNumber = 1) => ({ path, found: true, producedBy: { stageOrder: 2, attemptNumber } });

const here = { wasEdited: false, isElsewhere: false };

test('where a value came from, in words', () => {
  expect(provenance({ path: 'inputs.topic', found: true, producedBy: null }, here)).toBe('the run’s inputs');
  expect(provenance({ path: 'inputs.person.name', found: true, producedBy: null }, here)).toBe(
    'the run’s inputs, name',
  );
  expect(provenance(used('stage_2.output.title'), here)).toBe('stage 2, output.title');
  expect(provenance(used('facts.people', 3), here)).toBe('stage 2, 3rd answer, people');
  expect(provenance(used('stage_2.raw'), { wasEdited: true, isElsewhere: false })).toBe(
    'stage 2, as edited by a person',
  );
  expect(provenance(used('stage_2.notes'), { wasEdited: true, isElsewhere: false })).toBe('stage 2, notes');
  expect(provenance(used('stage_2.raw'), { ...here, isElsewhere: true })).toBe('stage 2, raw, of the run before');
  expect(provenance({ path: 'inputs.tone', found: false, producedBy: null }, here)).toBe(
    'inputs.tone, not there: a default',
  );
});
