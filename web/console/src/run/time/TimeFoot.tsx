import { inNextFrame, type RunState, timeOf } from '@footlight/client';
import { useConnection } from '@footlight/client/react';
import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useKeys } from '../../ui/keys.ts';
import { Foot } from '../../ui/Page.tsx';
import { accountOf } from './account.ts';
import { Lane } from './Lane.tsx';
import { layoutTime, type Stage } from './layout.ts';
import { Score } from './Score.tsx';
import { Sums } from './Sums.tsx';
import styles from './TimeFoot.module.css';
import { useWidth } from './useWidth.ts';

interface Props {
  /** As its last event left it: words that come in between say nothing about its time. */
  run: RunState;
  stages: readonly Stage[];
  /** In milliseconds, by the second. */
  now: number;
  chosenLog: string | null;
  onChoose: (logId: string) => void;
  view: 'lane' | 'score';
  onView: (view: 'lane' | 'score') => void;
}

/** The foot of a run: its time, to scale, and where it went. Lit while the run is alive. */
export function TimeFoot({ run, now, onChoose, onView, view, ...rest }: Props) {
  const connection = useConnection();
  const isOver = run.endedAt !== null;
  useKeys([
    {
      keys: 'T',
      does: view === 'lane' ? 'time as a row a stage' : 'time as one lane',
      run: () => onView(view === 'lane' ? 'score' : 'lane'),
    },
  ]);
  const isAlive = run.status !== null && !isOver;
  return (
    <Foot label="Time" light={connection === 'lost' ? 'off' : isAlive ? 'lit' : 'plain'}>
      <Picture
        {...rest}
        run={run}
        second={isOver ? 0 : now}
        goesOnFrom={connection === 'lost' && isAlive ? run.lastSeq + 1 : null}
        view={view}
        onChoose={useLatest(onChoose)}
        onView={useLatest(onView)}
      />
    </Foot>
  );
}

type PictureProps = Omit<Props, 'now'> & { second: number; goesOnFrom: number | null };

/** Drawn anew by events and by the second, and by nothing else. */
const Picture = memo(function Picture(props: PictureProps) {
  const { run, stages, second, goesOnFrom, chosenLog, onChoose, view, onView } = props;
  const [ref, width] = useWidth<HTMLDivElement>();
  const [unfolded, setUnfolded] = useState<ReadonlySet<number>>(new Set());
  const onFold = useCallback((from: number) => setUnfolded((before) => toggled(before, from)), []);
  const time = useMemo(() => timeOf(run, second), [run, second]);
  const laid = useMemo(
    () => (width === null ? null : { view, layout: layoutTime(run, time, stages, { kind: view, width, unfolded }) }),
    [run, time, stages, view, width, unfolded],
  );
  const drawn = useLater(laid);
  const picture = { chosenLog, onChoose, onFold };
  return (
    <>
      <div className={view === 'lane' ? styles.lane : styles.score}>
        <div ref={ref} className={styles.ruler} />
        {drawn?.view === 'lane' && <Lane {...picture} layout={drawn.layout} />}
        {drawn?.view === 'score' && <Score {...picture} layout={drawn.layout} stages={stages} />}
      </div>
      <Sums
        account={run.createdAt === null ? null : accountOf(run, time)}
        isOver={run.endedAt !== null}
        goesOnFrom={goesOnFrom}
        view={view}
        onView={onView}
      />
    </>
  );
});

function toggled(all: ReadonlySet<number>, one: number): ReadonlySet<number> {
  const others = [...all].filter((other) => other !== one);
  return new Set(others.length < all.size ? others : [...others, one]);
}

/** The same a frame later: to lay out a long run takes much of a frame, and to draw what comes of it does, too. */
function useLater<Value>(value: Value): Value {
  const [later, setLater] = useState(value);
  useEffect(() => inNextFrame(() => setLater(value)), [value]);
  return later;
}

/** The same function for as long as it is shown, which calls the newest one. */
function useLatest<Argument>(call: (argument: Argument) => void): (argument: Argument) => void {
  const latest = useRef(call);
  latest.current = call;
  return useCallback((argument: Argument) => latest.current(argument), []);
}
