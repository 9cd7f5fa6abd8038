import { WordButton } from '../../ui/Button.tsx';
import type { Problem } from '../draft/problems.ts';
import { Flaws } from './Flaws.tsx';
import { JsonControl } from './JsonControl.tsx';
import styles from './Part.module.css';
import { useAsJson } from './unfinished.ts';

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
  const label = `${title}, as JSON`;
  const [wanted, toggle] = useAsJson(label);
  const asJson = json !== undefined && (wanted || !json.readable);
  return (
    <section className={styles.part} aria-label={title} data-field={field}>
      <div className={styles.title}>
        <h2>{title}</h2>
        <span className={styles.aside}>{asJson && !json.readable ? 'more than the form can say' : aside}</span>
        {tools}
        {json?.readable && (
          <WordButton aria-pressed={asJson} onClick={toggle}>
            as JSON
          </WordButton>
        )}
      </div>
      {before}
      {asJson ? <JsonControl label={label} value={json.value} onChange={json.onChange} hiddenLabel /> : children}
      <Flaws problems={problems} />
    </section>
  );
}
