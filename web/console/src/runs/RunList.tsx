import { type Ref, useCallback, useEffect, useImperativeHandle, useRef, useState } from 'react';
import { VList, type VListHandle, WindowVirtualizer, type WindowVirtualizerHandle } from 'virtua';
import { useKeys } from '../ui/keys.ts';
import { useMedia } from '../ui/useMedia.ts';
import styles from './RunList.module.css';
import { RunRow } from './RunRow.tsx';
import type { RowAttempts } from './rowAttempts.ts';
import type { StagesOf } from './stages.ts';

/** Narrow windows scroll as a whole, and have no room for a pane beside the list. */
export const NARROW = '(max-width: 1100px)';

export interface RunListHandle {
  isAtTop(): boolean;
  toTop(): void;
}

interface Props {
  ref: Ref<RunListHandle>;
  /** Their ids. */
  runs: readonly string[];
  stagesOf: StagesOf;
  attempts: RowAttempts;
  /** A run in view has gone on. */
  onGoesOn: () => void;
  twoLines: boolean;
  chosen: string | undefined;
  choose: (id: string) => void;
  /** The run that was taken to be compared with another. */
  taken: string | undefined;
  onTake: (id: string) => void;
  onNearEnd: () => void;
  /** What stands behind the last row. */
  end: React.ReactNode;
}

/** So many rows before its end the list reads on. */
const NEAR = 80;

/** The rows, of which only those in view are there. J and K walk, and focus walks with them. */
export function RunList({
  ref,
  runs,
  stagesOf,
  attempts,
  onGoesOn,
  twoLines,
  chosen,
  choose,
  taken,
  onTake,
  onNearEnd,
  end,
}: Props) {
  const narrow = useMedia(NARROW);
  const list = useRef<VListHandle | WindowVirtualizerHandle>(null);
  const frame = useRef<HTMLDivElement>(null);
  const wantsFocus = useRef(false);
  const at = chosen === undefined ? -1 : runs.indexOf(chosen);
  const [focused, setFocused] = useState<string | undefined>();
  // Where the chosen one was, should it leave the filter.
  const lastAt = useRef(at);
  if (at !== -1) lastAt.current = at;

  const offset = () => (narrow ? window.scrollY : (list.current?.scrollOffset ?? 0));
  useImperativeHandle(ref, () => ({
    isAtTop: () => offset() < 8,
    toTop: () => (narrow ? window.scrollTo({ top: 0 }) : list.current?.scrollToIndex(0)),
  }));

  /** The row that has the focus, as by Back; else the first in view is the next one. */
  const start = (step: number): number => {
    const focused = frame.current?.querySelector<HTMLElement>('[data-run]:focus')?.dataset.run;
    const handle = list.current;
    if (focused !== undefined || !handle) return focused === undefined ? -1 : runs.indexOf(focused);
    const first = handle.findItemIndex(handle.scrollOffset);
    return (handle.getItemOffset(first) < handle.scrollOffset - 1 ? first + 1 : first) - step;
  };
  const walk = (step: number) => {
    const left = lastAt.current === -1 ? start(step) : lastAt.current - (step > 0 ? 1 : 0);
    const to = Math.max(0, Math.min(runs.length - 1, (at === -1 ? left : at) + step));
    const run = runs[to];
    if (!run) return;
    wantsFocus.current = true;
    choose(run);
    list.current?.scrollToIndex(to, { align: 'nearest' });
    if (to > runs.length - NEAR) onNearEnd();
  };
  useKeys([
    { keys: 'J', does: 'next run', run: () => walk(1) },
    { keys: 'K', does: 'run before', run: () => walk(-1) },
    { keys: 'X', does: 'choose to compare', run: () => chosen && onTake(chosen) },
  ]);
  useEffect(() => {
    if (!wantsFocus.current || !chosen) return;
    wantsFocus.current = false;
    frame.current?.querySelector<HTMLElement>(`[data-run="${CSS.escape(chosen)}"]`)?.focus({ preventScroll: true });
  }, [chosen]);

  const latest = useRef(onNearEnd);
  latest.current = onNearEnd;
  const length = runs.length;
  const onScroll = useCallback(() => {
    const handle = list.current;
    if (!handle) return;
    const last = handle.findItemIndex(handle.scrollOffset + handle.viewportSize);
    if (last > length - NEAR) latest.current();
  }, [length]);

  const row = (id: string) => (
    <RunRow
      key={id}
      id={id}
      stagesOf={stagesOf}
      attempts={narrow ? null : attempts}
      onGoesOn={onGoesOn}
      twoLines={twoLines}
      showsGiven={twoLines || narrow}
      isChosen={id === chosen}
      isTaken={id === taken}
      onChoose={narrow ? null : choose}
    />
  );
  const common = {
    data: runs,
    itemSize: narrow ? 76 : twoLines ? 49 : 32,
    // Whoever has the focus in a row keeps it, however far the list is scrolled.
    keepMounted: [at, focused === undefined ? -1 : runs.indexOf(focused)].filter((index) => index !== -1),
    onScroll,
    children: row,
  };
  return (
    <section
      ref={frame}
      className={styles.rows}
      aria-label="Runs, newest first"
      onFocus={({ target }) => setFocused(target.closest<HTMLElement>('[data-run]')?.dataset.run)}
    >
      {narrow ? (
        <WindowVirtualizer ref={list as Ref<WindowVirtualizerHandle>} {...common} />
      ) : (
        <VList ref={list as Ref<VListHandle>} className={styles.list} {...common} />
      )}
      {end}
    </section>
  );
}
