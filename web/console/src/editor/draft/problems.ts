import type { Severity } from '../../schema.generated.ts';

/** Something wrong or doubtful in a draft, where it is. */
export interface Problem {
  severity: Severity;
  code: string;
  /** What is wrong and what can be done. */
  message: string;
  /** The stage; null: the workflow as a whole. */
  local: string | null;
  /** `promptTemplate`, `inputVariableMapping.topic`; null: all of it. */
  field: string | null;
  /** Where in the field's text, in UTF-16 units; null: all of the field. */
  span: { from: number; to: number } | null;
}
