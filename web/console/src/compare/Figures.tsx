import { count, duration } from '../ui/time.ts';
import styles from './Figures.module.css';
import type { KnownSide } from './useSide.ts';

/** The two runs in figures, a row each. */
export function Figures({ left, right }: { left: KnownSide; right: KnownSide }) {
  return (
    <table className={styles.figures}>
      <thead>
        <tr>
          <td />
          <th scope="col">Left</th>
          <th scope="col">Right</th>
        </tr>
      </thead>
      <tbody>
        {ROWS.map(([name, told]) => [name, told(left), told(right)] as const)
          .filter(([, ...both]) => both.some((told) => told !== NONE))
          .map(([name, one, other]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{one}</td>
              <td>{other}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** What neither has is not told. */
const NONE = 'none';

const some = (value: number, told: (value: number) => string) => (value === 0 ? NONE : told(value));

const ROWS: readonly [string, (side: KnownSide) => string][] = [
  ['Version', ({ execution }) => count(execution.workflowVersion)],
  ['Took', ({ time }) => duration(time.total)],
  ['Models', ({ time }) => some(time.model, duration)],
  ['Judges', ({ time }) => some(time.judge, duration)],
  ['People and pauses', ({ time }) => some(time.person + time.pause, duration)],
  ['Before retries, its turn', ({ time }) => some(time.retry + time.turn, duration)],
  ['Tokens in', ({ execution }) => tokens(execution.usage.promptTokens)],
  ['Tokens out', ({ execution }) => tokens(execution.usage.completionTokens)],
  ['Attempts', ({ run }) => count(run.attempts.length)],
  ['Passed', ({ run }) => some(run.attempts.filter(({ verdict }) => verdict === 'PASS').length, count)],
  ['Refused', ({ run }) => some(run.attempts.filter(({ verdict }) => verdict === 'FAIL').length, count)],
  ['Failed', ({ run }) => some(run.attempts.filter(({ verdict }) => verdict === 'ERROR').length, count)],
];

const tokens = (value: number | null) => (value === null ? 'not counted' : count(value));
