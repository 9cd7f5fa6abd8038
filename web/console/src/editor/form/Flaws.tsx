import { classes } from '../../ui/classes.ts';
import { Shape } from '../../ui/Mark.tsx';
import type { Problem } from '../draft/problems.ts';
import styles from './Part.module.css';
import { inPlace } from './places.ts';

const WORDS = { ERROR: 'Wrong: ', WARNING: 'Doubtful: ', HINT: 'A hint: ' } as const;

/** Problems where they are, each with its mend in words. */
export function Flaws({ problems }: { problems: readonly Problem[] }) {
  return problems.map((problem) => (
    <p
      key={`${problem.code} ${problem.field} ${problem.message}`}
      className={classes(styles.flaw, problem.severity === 'ERROR' && styles.wrong)}
    >
      <Shape name="problem" />
      <span>
        <span className="away">{WORDS[problem.severity]}</span>
        {inPlace(problem)}
      </span>
    </p>
  ));
}
