import { WordButton } from '../../ui/Button.tsx';
import { reasonOf } from '../../ui/failure.ts';
import { counted, moment } from '../../ui/time.ts';
import { toast } from '../../ui/toast.ts';
import styles from './SaveBar.module.css';
import type { DraftState } from './useDraft.ts';

/** What is not saved, and where it is meanwhile. */
export function DraftWords({ state }: { state: DraftState }) {
  const { changes, keptAt, restoredAt, isElsewhere, theirVersion, isAtRisk, takeIn, discard } = state;
  const takeTheirs = async () => {
    try {
      if (await takeIn()) toast(`Version ${theirVersion} is taken in; what you changed is left to save`);
    } catch (error) {
      toast(reasonOf(error));
    }
  };
  const discardAll = () => {
    discard();
    toast('Your changes are gone', { title: 'Bring them back', run: state.undo });
  };
  return (
    <span className={styles.words}>
      {isElsewhere && <span>Another tab changes this workflow, too; each keeps its own.</span>}
      {theirVersion !== null && (
        <span>
          Somebody saved version {theirVersion}: <WordButton onClick={takeTheirs}>take it in</WordButton>
        </span>
      )}
      {restoredAt !== null && (
        <span>
          Your changes of {moment(new Date(restoredAt).toISOString())} are back.{' '}
          <WordButton onClick={discardAll}>Discard them</WordButton>
        </span>
      )}
      {changes > 0 && (
        <span>
          {counted(changes, 'change')} not saved
          {keptAt !== null && !isAtRisk && ', kept on this machine'}
        </span>
      )}
      {isAtRisk && <span className={styles.risk}>This browser keeps nothing: save before you leave.</span>}
    </span>
  );
}
