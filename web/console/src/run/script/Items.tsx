import type { Attempt } from '@footlight/client';
import { useMemo, useState } from 'react';
import { VList } from 'virtua';
import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Shape } from '../../ui/Mark.tsx';
import { count, counted } from '../../ui/time.ts';
import { lastOfItems } from '../programme.ts';
import { isUnderWay, isWriting, standingOf, tookMs } from '../standing.ts';
import type { RunStage } from '../stages.ts';
import { LongText, looksExact } from '../text/LongText.tsx';
import { Took } from '../Ticking.tsx';
import answer from './Answer.module.css';
import { Refused } from './Asides.tsx';
import styles from './Items.module.css';
import type { Scene } from './scenes.ts';

interface Props {
  scene: Scene;
  growing: readonly Attempt[];
  stage: RunStage | undefined;
  total: number;
  onChoose: (logId: string) => void;
}

/** As many items are told of that came to no good end. */
const MOST_FAILING = 5;

const itemName = ({ itemIndex }: Attempt): string => `Item ${count((itemIndex ?? 0) + 1)}`;

/** A stage that runs for each item of a list: how far it is, what failed, what is being written, and all items on request. */
export function Items({ scene, growing, stage, total, onChoose }: Props) {
  const items = useMemo(() => lastOfItems(scene.attempts), [scene.attempts]);
  const [all, setAll] = useState(false);
  const passed = items.filter(({ verdict }) => verdict === 'PASS').length;
  const failing = items.filter((attempt) => !isUnderWay(attempt) && attempt.verdict !== 'PASS');
  return (
    <>
      <p className={styles.told}>
        {`${count(passed)} of ${counted(total, 'item')} passed`}
        {failing.length > 0 && `, ${count(failing.length)} did not`}.{' '}
        <WordButton aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Fold the items' : 'All items'}
        </WordButton>
      </p>
      {all && <AllItems items={items} onChoose={onChoose} />}
      {failing.slice(0, MOST_FAILING).map((attempt) => (
        <div key={attempt.logId}>
          <h3 className={styles.item}>{itemName(attempt)}</h3>
          <Refused attempt={attempt} stage={stage} onChoose={onChoose} />
        </div>
      ))}
      {growing.map((attempt) => (
        <div key={attempt.logId} className={styles.growing}>
          <h3 className={styles.item}>{itemName(attempt)}</h3>
          <LongText text={attempt.text} exact={looksExact(attempt.text)} className={classes(answer.said, answer.past)}>
            {attempt === growing[0] && isWriting(attempt) && <span className={answer.lamp} />}
          </LongText>
        </div>
      ))}
    </>
  );
}

function AllItems({ items, onChoose }: { items: readonly Attempt[]; onChoose: (logId: string) => void }) {
  return (
    <div className={styles.all}>
      <VList data={items}>
        {(attempt) => (
          <button
            key={attempt.logId}
            type="button"
            className={classes(styles.row, standingOf(attempt).mark === 'failed' && styles.fail)}
            onClick={() => onChoose(attempt.logId)}
          >
            <Shape name={standingOf(attempt).mark} />
            <span>{`${itemName(attempt)}, ${standingOf(attempt).word}`}</span>
            <Took ms={tookMs(attempt)} since={isUnderWay(attempt) ? attempt.startedAt : null} />
          </button>
        )}
      </VList>
    </div>
  );
}
