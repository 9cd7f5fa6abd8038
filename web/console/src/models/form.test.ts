import { expect, test } from 'vitest';
import { modelForm, modelInput } from './form.ts';

const model = {
  name: 'GPT-4.1 mini',
  provider: 'openai',
  modelIdentifierForFlowise: 'gpt-4.1-mini',
  contextLength: 1_047_576,
  configDefaults: { temperature: 0.2, extra: { seed: 1 } },
};

test('what is not changed comes back as it was', () => {
  expect(modelInput(modelForm(model), 'm1')).toEqual({ ok: true, value: { ...model, id: 'm1' } });
  expect(modelInput({ ...modelForm(model), contextLength: '1,047,576' }, 'm1')).toEqual({
    ok: true,
    value: { ...model, id: 'm1' },
  });
});

test('the settings have the digits that were typed', () => {
  const defaults = '{"extra":{"seed":9007199254740993}}';
  const input = modelInput({ ...modelForm(model), defaults }, 'm1');
  expect(JSON.stringify(input)).toContain(defaults);
});

test('what is no number or no JSON is said, and sent nowhere', () => {
  expect(modelInput({ ...modelForm(null), contextLength: 'many' }, null)).toMatchObject({ ok: false });
  expect(modelInput({ ...modelForm(null), defaults: '{' }, null)).toMatchObject({ ok: false });
  const defaults = '{"extra":{"seed":18446744073709551617}}';
  expect(modelInput({ ...modelForm(null), defaults }, null)).toMatchObject({
    ok: false,
    why: expect.stringContaining('no room for 18446744073709551617'),
  });
});
