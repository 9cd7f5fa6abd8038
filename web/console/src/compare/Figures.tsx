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
        {ROWS.map(([name, told]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{told(left)}</td>
            <td>{told(right)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ROWS: readonly [string, (side: KnownSide) => string][] = [
  ['Version', ({ execution }) => count(execution.workflowVersion)],
  ['Took', ({ time }) => duration(time.total)],
  ['Models', ({ time }) => duration(time.model)],
  ['Judges', ({ time }) => duration(time.judge)],
  ['People and pauses', ({ time }) => duration(time.person + time.pause)],
  ['Before retries, its turn', ({ time }) => duration(time.retry + time.turn)],
  ['Tokens in', ({ execution }) => tokens(execution.usage.promptTokens)],
  ['Tokens out', ({ execution }) => tokens(execution.usage.completionTokens)],
  ['Attempts', ({ run }) => count(run.attempts.length)],
  ['Passed', ({ run }) => count(run.attempts.filter(({ verdict }) => verdict === 'PASS').length)],
  ['Refused', ({ run }) => count(run.attempts.filter(({ verdict }) => verdict === 'FAIL').length)],
  ['Failed', ({ run }) => count(run.attempts.filter(({ verdict }) => verdict === 'ERROR').length)],
];

const tokens = (value: number | null) => (value === null ? 'not counted' : count(value));
