import { expect, test } from 'vitest';
import { fieldsOfInputs, inputsOfFields } from './rerunInputs.ts';

test('inputs become fields and come back as they were', () => {
  const inputs = { topic: 'tea', count: 3, list: ['a', { b: null }], digits: '007' };
  expect(inputsOfFields(fieldsOfInputs(inputs))).toEqual({ inputs, faults: {} });
});

test('a field that was JSON and is none says so', () => {
  const { faults } = inputsOfFields([{ name: 'count', written: '3,', isText: false }]);
  expect(faults.count).toMatch(/^This was JSON/);
});

test('a number that the server would round is not sent', () => {
  const { faults } = inputsOfFields([{ name: 'count', written: '18446744073709551617', isText: false }]);
  expect(faults.count).toContain('no room for 18446744073709551617');
});
