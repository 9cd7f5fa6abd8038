import type { Problem } from '../draft/problems.ts';
import type { Completion } from './completions.ts';

export interface TemplateFieldProps {
  label: string;
  /** The stage whose text it is. */
  stageLocal: string;
  /** `promptTemplate`, `messages[0].content`: problems of this field are its own. */
  field: string;
  value: string | null;
  onChange: (value: string | null) => void;
  problems: readonly Problem[];
  completions: readonly Completion[];
  /** As text (serif) or as code (mono, with line numbers); the person's remembered choice where it is left out. */
  mode?: 'said' | 'exact';
}

/** A text with placeholders. An empty one is null. */
export function TemplateField({ label, value, onChange }: TemplateFieldProps) {
  return (
    <textarea aria-label={label} value={value ?? ''} dir="auto" onChange={(event) => onChange(event.target.value || null)} />
  );
}
