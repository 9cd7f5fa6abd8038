import { firstGiven } from '../given/given.ts';
import { Note } from '../ui/Note.tsx';
import styles from './ChosenRun.module.css';

/** The first of what it was started with: it tells one run of a workflow from the others. */
export function RunInputs({ inputs }: { inputs: unknown }) {
  const first = firstGiven(inputs);
  if (first.length === 0) return null;
  return (
    <Note title="It was given">
      <dl className={styles.inputs}>
        {first.map(({ name, text }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className={styles.said} dir="auto">
              {text}
            </dd>
          </div>
        ))}
      </dl>
    </Note>
  );
}
