import { useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import type { Problem } from '../draft/problems.ts';
import { Flaws } from './Flaws.tsx';
import { JsonControl } from './JsonControl.tsx';
import styles from './Part.module.css';

/** What a part says as JSON, for what its form has no words for. */
export interface PartJson {
  value: unknown;
  onChange: (value: unknown, typing?: string) => void;
  /** Can the form show it? Else it is JSON alone. */
  readable: boolean;
}

/** A part of a stage's form: its name, its form or its JSON, and the problems that no control shows itself. */
export function Part({
  title,
  aside,
  tools,
  field,
  json,
  problems = [],
  before,
  children,
}: {
  title: string;
  aside?: React.ReactNode;
  /** Small words that do something. */
  tools?: React.ReactNode;
  field: string;
  json?: PartJson;
  problems?: readonly Problem[];
  /** What stands above form and JSON alike. */
  before?: React.ReactNode;
  children: React.ReactNode;
}) {
  const [wanted, setWanted] = useState(false);
  const asJson = json !== undefined && (wanted || !json.readable);
  return (
    <section className={styles.part} aria-label={title} data-field={field}>
      <div className={styles.title}>
        <h2>{title}</h2>
        <span className={styles.aside}>{asJson && !json.readable ? 'more than the form can say' : aside}</span>
        {tools}
        {json?.readable && (
          <WordButton aria-pressed={asJson} onClick={() => setWanted(!asJson)}>
            as JSON
          </WordButton>
        )}
      </div>
      {before}
      {asJson ? (
        <JsonControl label={`${title}, as JSON`} value={json.value} onChange={json.onChange} hiddenLabel />
      ) : (
        children
      )}
      <Flaws problems={problems} />
    </section>
  );
}
