import type { FootlightError } from '@footlight/client';

const FIELD = 'editedOutput';

/** Why the server would not have the edit, in the words of who wrote it; null where it said nothing of the kind. */
export function refusedEdit(fault: FootlightError | null): string | null {
  if (!fault || !('field' in fault) || fault.field !== FIELD) return null;
  const said = fault.message
    .replace(`${FIELD} does not parse: `, 'Your edit is not an answer that this stage takes: ')
    .replace(`${FIELD}: `, 'Your edit was refused: ')
    .replace(FIELD, 'your edit');
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}${/[\p{L}\p{N}]$/u.test(said) ? '.' : ''}`;
}
