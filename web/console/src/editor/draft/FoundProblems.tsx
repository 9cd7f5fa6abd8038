import { problemWords } from '../../definition/problemWords.ts';
import { WordButton } from '../../ui/Button.tsx';
import { useKeys } from '../../ui/keys.ts';
import { Mark } from '../../ui/Mark.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { unfinishedOf } from './draft.ts';
import { halfInWords } from './Hindrances.tsx';
import { isError, type Problem, shortly } from './problems.ts';
import { counted } from '../../ui/time.ts';
import type { OpenPlace } from './SaveBar.tsx';
import styles from './SaveBar.module.css';
import type { DraftState } from './useDraft.ts';
import { useRef } from 'react';

const SHOWN = 2;

/** What is wrong and doubtful, each a way to its place. */
export function FoundProblems({ state: { problems, draft }, onOpen }: { state: DraftState; onOpen: OpenPlace }) {
  const unfinished = unfinishedOf(draft);
  const places: readonly Place[] = [
    ...unfinished.map((half) => ({ ...half, key: `${half.local} ${half.label}`, says: halfInWords(half, draft) })),
    ...problems.map((problem) => ({ ...problem, key: keyOf(problem), says: shortly(problem, draft) })),
  ];
  const last = useRef(-1);
  const next = () => {
    if (places.length === 0) return;
    last.current = (last.current + 1) % places.length;
    const place = places[last.current];
    if (place) onOpen(place.local, place.field);
  };
  useKeys([{ keys: 'F8', does: 'go to the next problem', run: next, inText: true }]);
  const open =
    ({ local, field }: Place) =>
    () =>
      onOpen(local, field);
  const halves = unfinished.length > 0 && `${counted(unfinished.length, 'field')} not taken over`;
  const words = [halves, problemWords(problems)].filter(Boolean).join(', ');
  if (places.length === 0) return null;
  return (
    <span className={styles.flaws}>
      {halves || problems.some(isError) ? <Mark name="problem">{words}</Mark> : <span>{words}</span>}
      {places.slice(0, SHOWN).map((place) => (
        <WordButton key={place.key} className={styles.flaw} onClick={open(place)} title={place.message ?? place.says}>
          {place.says}
        </WordButton>
      ))}
      {places.length > SHOWN && (
        <Menu title={`all ${places.length}`} items={places.map((place) => ({ title: place.says, run: open(place) }))} />
      )}
    </span>
  );
}

/** Something that stands in the way, and where. */
interface Place {
  key: string;
  local: string | null;
  field: string | null;
  says: string;
  message?: string;
}

const keyOf = ({ code, local, field, message, span }: Problem) => `${code} ${local} ${field} ${message} ${span?.from}`;
