import { Link } from '@tanstack/react-router';
import { WordButton } from '../ui/Button.tsx';
import { Mark } from '../ui/Mark.tsx';
import { Moment } from '../ui/Moment.tsx';
import { shortId } from '../ui/shortId.ts';
import { statusMark } from '../ui/status.ts';
import styles from './SideHead.module.css';
import type { KnownSide } from './useSide.ts';

interface Props {
  which: 'left' | 'right';
  side: KnownSide;
  onAsk: (which: 'left' | 'right') => void;
}

/** Which run stands on this side. */
export function SideHead({ which, side: { execution, run }, onAsk }: Props) {
  const { id, createdAt, workflowVersion } = execution;
  const { mark, word } = statusMark(run.status ?? execution.status, run.statusReason);
  return (
    <div className={styles.side}>
      <h2>
        <span className="away">{`The ${which} run: `}</span>
        <Link to="/runs/$runId" params={{ runId: id }} className="link">
          <span className="exact">{shortId(id)}</span>
        </Link>
      </h2>
      <Mark name={mark}>{word}</Mark>
      <span className="soft">version {workflowVersion}</span>
      <Moment at={createdAt} className="faint" />
      <WordButton aria-label={`Another run on the ${which}`} onClick={() => onAsk(which)}>
        Another run
      </WordButton>
    </div>
  );
}
