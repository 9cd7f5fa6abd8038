import { expect, test } from 'vitest';
import { refusedEdit } from './refusedEdit.ts';

test('a refused edit is spoken of as the answer that somebody has edited', () => {
  const fault = (message: string) => refusedEdit({ code: 'BAD_USER_INPUT', message, field: 'editedOutput' });
  expect(fault('editedOutput does not parse: "verdict" is not a string')).toBe(
    'Your edit is not an answer that this stage takes: "verdict" is not a string.',
  );
  expect(fault('editedOutput has more than 1048576 characters')).toBe('Your edit has more than 1048576 characters.');
  expect(refusedEdit({ code: 'LIMIT_EXCEEDED', message: 'editedOutput: too much', field: 'editedOutput' })).toBe(
    'Your edit was refused: too much.',
  );
});

test('of anything else it says nothing', () => {
  expect(refusedEdit(null)).toBeNull();
  expect(refusedEdit({ code: 'CONFLICT', message: 'decided' })).toBeNull();
  expect(refusedEdit({ code: 'BAD_USER_INPUT', message: 'notes', field: 'notes' })).toBeNull();
});
