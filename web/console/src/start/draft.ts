import { asFields, type Form } from './form.ts';
import { fieldsOfText, membersOf } from './inputs.ts';

/** What somebody has written and not started yet. It is kept for this tab, by person and workflow. */
export interface StartDraft {
  form: Form;
  /** The run that had filled it; null: none had. */
  from: string | null;
}

const key = (userId: string | null, workflowId: string) => `footlight.start.${userId}.${workflowId}`;

export function storedDraft(userId: string | null, workflowId: string): StartDraft | null {
  const stored = sessionStorage.getItem(key(userId, workflowId));
  return stored === null ? null : JSON.parse(stored);
}

export function storeDraft(userId: string | null, workflowId: string, draft: StartDraft | null): void {
  try {
    if (draft === null) sessionStorage.removeItem(key(userId, workflowId));
    else sessionStorage.setItem(key(userId, workflowId), JSON.stringify(draft));
  } catch {
    // It is too long to be kept over a reload; on the page it is all the same.
  }
}

/** A workflow comes out of a file: the inputs of a first run that stand there wait in the form of its start. */
export function storeFirstInputs(userId: string | null, workflowId: string, file: string): void {
  const form = formOfFile(file);
  if (form) storeDraft(userId, workflowId, { form, from: null });
}

export function formOfFile(file: string): Form | null {
  const members = membersOf(file);
  const inputs = 'value' in members ? members.value.find(({ name }) => name === 'inputs') : undefined;
  const read = inputs ? fieldsOfText(inputs.source, []) : null;
  return read && 'value' in read && read.value.length > 0 ? asFields(read.value) : null;
}
