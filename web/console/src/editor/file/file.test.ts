import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { apply } from '../draft/apply.ts';
import { draftWith } from '../draft/draft.fixture.ts';
import { readWorkflowFile, workflowFile } from './file.ts';
import type { KnownModel } from './models.ts';

const models: KnownModel[] = ['writer', 'judge', 'twin', 'twin'].map((modelIdentifierForFlowise, index) => ({
  id: `m${index}`,
  modelIdentifierForFlowise,
  available: true,
}));
const fault = (file: unknown, otherwise: string | null = 'm0') => {
  const result = readWorkflowFile(typeof file === 'string' ? file : JSON.stringify(file), models, otherwise);
  return 'fault' in result ? result.fault : null;
};

describe('a workflow’s file', () => {
  const draft = {
    ...draftWith(
      [10, 20],
      [
        {
          key: 'facts',
          name: 'وقائع 🎭',
          modelId: 'm0',
          systemTemplate: 'Be kind.\r\n',
          messages: [{ role: 'user', content: 'Hi' }, { from: 'inputs.history' }],
          promptTemplate: '{{topic}} \\{{a}}',
          retryPromptTemplate: '{{notes}}',
          validationType: 'LLM',
          validationCriteria: { prompt: 'Good? {{output}}', modelId: 'm1' },
          outputVariables: { b: 'string', a: { type: 'array', items: { type: 'string' } } },
          inputVariableMapping: { topic: { from: ['inputs.topic'], default: null } },
          retryLimit: 3,
          timeoutSeconds: 90,
          nextStageOnFail: 0,
          flowiseConfig: { temperature: 0, topP: null },
        },
        {
          modelId: 'm2',
          routes: { by: 'facts.b', to: { x: 10, y: 0 } },
          forEach: { in: 'facts.a' },
          nextStageOnPass: 0,
        },
      ],
    ),
    description: 'What it is for',
    metadata: { color: 'blue' },
    outputMapping: { text: ['stage_20.raw', 'facts.b'] },
  };

  test('is the same workflow when it is read again', () => {
    const result = readWorkflowFile(workflowFile(draft, models), models);
    if ('fault' in result) throw new Error(result.fault);
    const { workflow } = result.read;
    const stages = workflow.stages ?? [];
    const again = stages.reduce((made, { stageOrder: _, id: __, ...fields }, at) => {
      const known = Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
      return apply(made, { kind: 'add', at, fields: known });
    }, draftWith([]));
    expect(again.stages.map(({ fields }) => fields)).toEqual(draft.stages.map(({ fields }) => fields));
    expect(stages.map(({ stageOrder }) => stageOrder)).toEqual([10, 20]);
    const { name, description, metadata, outputMapping } = workflow;
    expect({ name, description, metadata, outputMapping }).toEqual({
      name: draft.name,
      description: draft.description,
      metadata: draft.metadata,
      outputMapping: draft.outputMapping,
    });
  });

  test('names models by what their providers call them, unless two are called so', () => {
    const file = JSON.parse(workflowFile(draft, models));
    expect(file.stages[0]).toMatchObject({ model: 'writer', validationCriteria: { model: 'judge' } });
    expect(file.stages[1]).toMatchObject({ modelId: 'm2' });
    expect(file.stages[1]).not.toHaveProperty('retryLimit');
  });

  test('may be any of the examples', () => {
    const folder = resolve(import.meta.dirname, '../../../../../examples');
    for (const name of readdirSync(folder).filter((one) => one.endsWith('.json'))) {
      const text = readFileSync(join(folder, name), 'utf8');
      const result = readWorkflowFile(text, models, 'm0');
      expect(result, name).toHaveProperty('read.workflow.stages');
    }
  });

  test('that is none is refused by stage and field', () => {
    expect(fault('{"name": ')).toContain('This is no JSON');
    expect(fault([])).toContain('one JSON object');
    expect(fault({ name: 'a', discription: '' })).toBe('unknown field discription');
    expect(fault({ stages: [] })).toContain('name must be');
    expect(fault({ name: 'a', inputs: [] })).toContain('inputs must be an object');
    expect(fault({ name: 'a', stages: {} })).toContain('stages must be a list');
    expect(fault({ name: 'a', stages: ['b'] })).toBe('stages[0]: must be an object');
    expect(fault({ name: 'a', stages: [{ stageOrder: 3, name: 'Draft', promptTemplat: '' }] })).toBe(
      'stage 3 (Draft): unknown field promptTemplat',
    );
    expect(fault({ name: 'a', stages: [{ stageOrder: 4, model: 'other' }] })).toContain(
      'stage 4: model: the server has no model other, it has writer, judge',
    );
    expect(fault({ name: 'a', stages: [{ model: 'writer', modelId: 'm1' }] })).toContain('keep one');
    expect(fault({ name: 'a', stages: [{ stageOrder: 1 }] }, null)).toContain('say which: writer');
    expect(fault({ name: 'a', stages: null, inputs: null })).toBeNull();
  });

  test('says whether a model is needed that it does not name', () => {
    const needed = (...stages: object[]) => {
      const result = readWorkflowFile(JSON.stringify({ name: 'N', stages }), models, 'm0');
      return 'read' in result && result.read.isModelNeeded;
    };
    expect(needed({ stageOrder: 1, model: 'writer' }, { stageOrder: 2, modelId: null })).toBe(false);
    expect(needed({ stageOrder: 1, model: 'writer' }, { stageOrder: 2 })).toBe(true);
  });
});
