import type { Form } from './form.ts';

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
