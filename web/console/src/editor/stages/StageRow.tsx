import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { classes } from '../../ui/classes.ts';
import styles from './StageList.module.css';

/** What a row shows while a stage is dragged. */
export type Drop = 'dragged' | 'dropAbove' | 'dropBelow' | null;

/** A stage in the list. Of many rows few change with what is typed: each takes nothing but words. */
export const StageRow = memo(function StageRow({
  workflowId,
  local,
  order,
  place,
  name,
  told,
  wrong,
  isChosen,
  isChanged,
  drop,
  press,
  click,
}: {
  workflowId: string;
  local: string;
  order: number;
  place: number;
  name: string | null;
  told: string;
  wrong: string | null;
  isChosen: boolean;
  isChanged: boolean;
  drop: Drop;
  press: (event: React.PointerEvent, local: string, place: number) => void;
  click: (event: React.MouseEvent) => void;
}) {
  return (
    <li className={classes(styles.row, drop && styles[drop])}>
      <Link
        to="/workflows/$workflowId"
        params={{ workflowId }}
        search={(search) => ({ ...search, stage: order })}
        className={styles.link}
        aria-current={isChosen ? 'true' : undefined}
        activeProps={{}}
        draggable={false}
        data-stage={local}
        resetScroll={false}
        onPointerDown={(event) => press(event, local, place)}
        onClickCapture={click}
      >
        <span className={styles.number}>{order}</span>
        <span className={styles.name} dir="auto">
          {name ?? <span className="faint">without a name</span>}
        </span>
        {isChanged && (
          <>
            <span className={styles.changed} title="Changed" />
            <span className="away">changed</span>
          </>
        )}
        <span className={classes(styles.by, wrong !== null && styles.wrong)}>{wrong ?? told}</span>
      </Link>
    </li>
  );
});
