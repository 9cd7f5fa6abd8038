import { Link } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Key } from '../../ui/Key.tsx';
import type { DraftStage } from '../draft/draft.ts';
import type { Problem } from '../draft/problems.ts';
import { describe } from './describe.ts';
import styles from './StageList.module.css';
import { type Drop, StageRow } from './StageRow.tsx';
import { type Drag, useDragToMove } from './useDragToMove.ts';
import { Wires } from './Wires.tsx';
import { byValue } from './wires.ts';

/** The stages in order, with the ways between them; the workflow as a whole stands above them. */
export function StageList({
  workflowId,
  stages,
  chosen,
  changed,
  problems,
  onAdd,
  onMove,
}: {
  workflowId: string;
  stages: readonly DraftStage[];
  /** Null: the workflow itself. */
  chosen: DraftStage | null;
  changed: ReadonlySet<string>;
  problems: readonly Problem[];
  onAdd: () => void;
  onMove: (local: string, to: number) => void;
}) {
  const list = useRef<HTMLOListElement>(null);
  const { drag, press, click } = useDragToMove(list, stages.length, onMove);
  useInView(list, chosen ? stages.indexOf(chosen) : -1);
  const to = { to: '/workflows/$workflowId', params: { workflowId } } as const;
  return (
    <nav aria-label="Stages" className={styles.list}>
      <Link
        {...to}
        search={(search) => ({ ...search, stage: 0 })}
        className={styles.whole}
        resetScroll={false}
        aria-current={chosen === null ? 'true' : undefined}
        activeProps={{}}
      >
        The workflow itself
      </Link>
      <ol ref={list} className={classes(styles.rows, drag && styles.dragging)}>
        {stages.map((stage, place) => (
          <StageRow
            key={stage.local}
            workflowId={workflowId}
            local={stage.local}
            order={stage.order}
            place={place}
            name={stage.fields.name}
            told={describe(stages, place)}
            wrong={wrongInWords(problems, stage)}
            isChosen={stage === chosen}
            isChanged={changed.has(stage.local)}
            drop={dropOf(drag, stage, place)}
            press={press}
            click={click}
          />
        ))}
        <Wires stages={stages} chosen={chosen ? stages.indexOf(chosen) : -1} />
      </ol>
      {stages.length > 1 && <Legend hasValues={stages.some((stage) => byValue(stage).length > 0)} />}
      <p className={styles.add}>
        <WordButton onClick={onAdd}>Add a stage</WordButton>
        {stages.length > 1 && (
          <span className={styles.keys}>
            <Key>Alt ↑</Key> <Key>Alt ↓</Key> moves one
          </span>
        )}
      </p>
    </nav>
  );
}

/** Where the list scrolls by itself, the open stage is in view. */
function useInView(list: React.RefObject<HTMLElement | null>, place: number): void {
  useEffect(() => {
    const column = list.current?.parentElement;
    if (!column || place < 0 || column.scrollHeight <= column.clientHeight) return;
    const row = list.current?.children[place]?.getBoundingClientRect();
    const box = column.getBoundingClientRect();
    if (!row) return;
    if (row.top < box.top) column.scrollBy(0, row.top - box.top - row.height);
    if (row.bottom > box.bottom) column.scrollBy(0, row.bottom - box.bottom + row.height);
  }, [list, place]);
}

/** Where a dragged stage would be dropped, as its row and the one beside it show it. */
function dropOf(drag: Drag | null, stage: DraftStage, place: number): Drop {
  if (!drag) return null;
  if (drag.local === stage.local) return 'dragged';
  if (place !== drag.to) return null;
  return drag.to < drag.from ? 'dropAbove' : 'dropBelow';
}

const SHORT: Record<string, string> = {
  NO_MODEL: 'no model chosen',
  MODEL_UNKNOWN: 'its model is gone',
  NO_PROMPT: 'no prompt yet',
  PROVIDER_NOT_CONFIGURED: 'its model is not configured here',
  NEVER_THERE: 'reads what is never there',
};

/** What keeps the stage from running, short; null where nothing does. */
function wrongInWords(problems: readonly Problem[], stage: DraftStage): string | null {
  const errors = problems.filter(({ local, severity }) => local === stage.local && severity === 'ERROR');
  const [first] = errors;
  if (!first) return null;
  if (errors.length > 1) return `${errors.length} problems`;
  return SHORT[first.code] ?? '1 problem';
}

function Legend({ hasValues }: { hasValues: boolean }) {
  return (
    <p className={styles.legend}>
      <span>
        <i />
        passed
      </span>
      {hasValues && (
        <span>
          <i className={styles.dots} />
          by a value
        </span>
      )}
      <span>
        <i className={styles.dashes} />
        refused, no retry left
      </span>
    </p>
  );
}
