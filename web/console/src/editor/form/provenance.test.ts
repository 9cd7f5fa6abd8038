import { expect, test } from 'vitest';
import { stageOf } from '../stages/stageOf.fixture.ts';
import { knownPaths, provenance, readersInWords, readersOf } from './provenance.ts';

const stages = [
  stageOf(1, { key: 'facts', name: 'Find the facts', outputVariables: { topic: 'string', people: 'array' } }),
  stageOf(2, { promptTemplate: 'About {{facts.topic}}', forEach: { in: 'facts.people' } }),
  stageOf(3, { inputVariableMapping: { it: ['stage_1.output.topic', 'stage_2.raw'] } }),
];
const draft = { name: '', description: null, metadata: {}, outputMapping: { t: 'facts.topic.0' }, stages };

test('a path says where it leads', () => {
  expect(provenance('stage_1.output.topic', stages)).toBe('stage 1, Find the facts');
  expect(provenance('facts.topic', stages)).toBe('stage 1, Find the facts');
  expect(provenance('stage_2.raw', stages)).toBe('stage 2');
  expect(provenance('inputs.topic', stages)).toBe('the run’s inputs');
  expect(provenance('facs.topic', stages)).toBe('no stage is called facs');
  expect(provenance('', stages)).toBe(null);
});

test('the paths that there are can be proposed', () => {
  const paths = knownPaths(stages, ['article']);
  expect(paths).toContain('inputs.article');
  expect(paths).toContain('facts.people');
  expect(paths).toContain('stage_2.output.items');
  expect(paths).toContain('stage_3.output.text');
});

test('whoever reads a key of an answer is named', () => {
  const [first] = stages;
  if (!first) throw new Error('there is one');
  expect(readersInWords(readersOf(draft, first, 'topic'))).toBe('stages 2 and 3, the answer');
  expect(readersInWords(readersOf(draft, first, 'people'))).toBe('stage 2');
  expect(readersInWords(readersOf(draft, first, 'year'))).toBe('nobody yet');
});
