import { Choice } from '../../ui/Field.tsx';
import { shortId } from '../../ui/shortId.ts';
import { statusMark } from '../../ui/status.ts';
import { moment } from '../../ui/time.ts';
import type { PreviewRunsQuery } from './PreviewRuns.generated.ts';

export type Run = PreviewRunsQuery['executions']['nodes'][number];

/** The run whose values are taken. */
export function RunChoice({
  runs,
  chosen,
  onChoose,
}: {
  runs: readonly Run[];
  chosen: string;
  onChoose: (runId: string) => void;
}) {
  const isListed = runs.some(({ id }) => id === chosen);
  return (
    <Choice label="With the values of" value={chosen} onChange={({ target }) => onChoose(target.value)}>
      {!isListed && <option value={chosen}>{shortId(chosen)}, an older run</option>}
      {runs.map((run) => (
        <option key={run.id} value={run.id}>
          {inWords(run)}
        </option>
      ))}
    </Choice>
  );
}

function inWords({ id, createdAt, status, statusReason, untilStageOrder }: Run): string {
  const until = untilStageOrder === null ? '' : `, up to stage ${untilStageOrder}`;
  return `${moment(createdAt)}, ${statusMark(status, statusReason).word.toLowerCase()}${until}, ${shortId(id)}`;
}
