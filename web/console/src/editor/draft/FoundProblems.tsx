import { problemWords } from '../../definition/problemWords.ts';
import { WordButton } from '../../ui/Button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Mark } from '../../ui/Mark.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { isError, type Problem, shortly } from './problems.ts';
import type { OpenPlace } from './SaveBar.tsx';
import styles from './SaveBar.module.css';
import type { DraftState } from './useDraft.ts';
import { useRef } from 'react';

const SHOWN = 2;

/** What is wrong and doubtful, each a way to its place. */
export function FoundProblems({ state: { problems, draft }, onOpen }: { state: DraftState; onOpen: OpenPlace }) {
  const last = useRef(-1);
  const next = () => {
    last.current = (last.current + 1) % problems.length;
    const problem = problems[last.current];
    if (problem) onOpen(problem.local, problem.field);
  };
  useKeys([{ keys: 'F8', does: 'go to the next problem', run: next, inText: true }]);
  const open = (problem: Problem) => () => onOpen(problem.local, problem.field);
  if (problems.length === 0) return null;
  return (
    <span className={styles.flaws}>
      {problems.some(isError) ? (
        <Mark name="problem">{problemWords(problems)}</Mark>
      ) : (
        <span>{problemWords(problems)}</span>
      )}
      {problems.slice(0, SHOWN).map((problem) => (
        <WordButton key={keyOf(problem)} className={styles.flaw} onClick={open(problem)} title={problem.message}>
          {shortly(problem, draft)}
        </WordButton>
      ))}
      {problems.length > SHOWN && (
        <Menu
          title={`all ${problems.length}`}
          items={problems.map((problem) => ({ title: shortly(problem, draft), run: open(problem) }))}
        />
      )}
    </span>
  );
}

const keyOf = ({ code, local, field, message, span }: Problem) => `${code} ${local} ${field} ${message} ${span?.from}`;
