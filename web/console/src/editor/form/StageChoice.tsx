import { Choice } from '../../ui/Field.tsx';
import type { DraftStage } from '../draft/draft.ts';
import { stageTitle } from '../stages/describe.ts';

/** A stage to go to, by its order; 0 ends the run. `nothing` is what null means, where it may be. */
export function StageChoice({
  label,
  value,
  onChange,
  stages,
  nothing,
  end,
  hiddenLabel,
  fault,
}: {
  label: string;
  value: number | null;
  onChange: (order: number | null) => void;
  stages: readonly DraftStage[];
  nothing?: string;
  /** What 0 is called; it is offered where null does not say the same. */
  end: string;
  hiddenLabel?: boolean;
  fault?: React.ReactNode;
}) {
  const isThere = value === null || value === 0 || stages.some(({ order }) => order === value);
  return (
    <Choice
      label={label}
      value={value ?? ''}
      fault={fault}
      onChange={({ target }) => onChange(target.value === '' ? null : Number(target.value))}
      {...(hiddenLabel ? { hiddenLabel } : {})}
    >
      {nothing !== undefined && <option value="">{nothing}</option>}
      <option value={0}>{end}</option>
      {stages.map((stage) => (
        <option key={stage.local} value={stage.order}>
          {stageTitle(stage)}
        </option>
      ))}
      {!isThere && <option value={value}>{value}, which is no stage</option>}
    </Choice>
  );
}
