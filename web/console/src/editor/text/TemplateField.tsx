import { useImperativeHandle, useRef } from 'react';
import { classes } from '../../ui/classes.ts';
import type { Problem } from '../draft/problems.ts';
import { Flaws } from '../form/Flaws.tsx';
import type { Completion } from './completions.ts';
import { type TextMode, useTextMode } from './mode.ts';
import styles from './TemplateField.module.css';
import type { Grammar } from './template.ts';
import { useMounted } from './useMounted.ts';
import { useSame, useSameItems } from './useSame.ts';
import { emptyWords } from './words.ts';

export interface TemplateFieldProps {
  label: string;
  /** The stage whose text it is. */
  stageLocal: string;
  /** `promptTemplate`, `messages[0].content`: problems of this field are its own. */
  field: string;
  value: string | null;
  onChange: (value: string | null) => void;
  problems: readonly Problem[];
  /** How it is read. */
  grammar: Grammar;
  completions: readonly Completion[];
  /** As text (serif) or as code (mono, with line numbers); the person's remembered choice where it is left out. */
  mode?: TextMode;
  ref?: React.Ref<TextHandle> | undefined;
}

export interface TextHandle {
  /** Puts a text in at the caret. */
  insert: (text: string) => void;
  /** Goes to its end. */
  focus: () => void;
}

/**
 * A text with placeholders: a plain field until what marks and completes them is loaded. Left empty it is null; what is wrong
 * stands in the line after it.
 */
export function TemplateField({
  label,
  stageLocal,
  field,
  value,
  onChange,
  problems,
  grammar,
  completions,
  mode,
  ref,
}: TemplateFieldProps) {
  const remembered = useTextMode();
  const shown = mode ?? remembered;
  // New ones only when they were checked anew: where those of before stand now the text itself knows best.
  const own = useSameItems(problems.filter((problem) => problem.local === stageLocal && problem.field === field));
  const all = useSame(completions);
  const area = useRef<HTMLTextAreaElement>(null);
  const leave = () => value === '' && onChange(null);
  const { host, isMounted, insert, focus } = useMounted(
    area,
    { label, value: value ?? '', mode: shown, grammar, completions: all, problems: own },
    { onChange, onLeave: leave },
  );
  useImperativeHandle(ref, () => ({ insert, focus }));
  return (
    <div className={styles.field}>
      <div ref={host} hidden={!isMounted} {...(isMounted ? { tabIndex: 0 } : {})} />
      {!isMounted && (
        <textarea
          ref={area}
          aria-label={label}
          placeholder={emptyWords(all)}
          className={classes(styles.area, styles[shown])}
          value={value ?? ''}
          dir="auto"
          onChange={({ target }) => onChange(target.value)}
          onBlur={leave}
        />
      )}
      <Flaws problems={isMounted ? own.filter(({ span }) => span === null) : own} />
    </div>
  );
}
