import { WordButton } from '../../ui/Button.tsx';
import type { DraftStage } from '../draft/draft.ts';
import grid from './Grid.module.css';
import { provenance } from './provenance.ts';

/** What the templates use without a mapping: inputs by their names, which can be mapped, and paths. */
export function UnmappedRows({
  names,
  stages,
  onMap,
}: {
  names: readonly string[];
  stages: readonly DraftStage[];
  onMap: (name: string) => void;
}) {
  return names.map((name) => (
    <div key={name} className={grid.row}>
      <span className="exact">{name}</span>
      <span className="exact">{name.includes('.') ? '' : `inputs.${name}`}</span>
      <span className={grid.told}>{provenance(name.includes('.') ? name : `inputs.${name}`, stages)}</span>
      <span className={grid.tools}>
        {!name.includes('.') && (
          <WordButton aria-label={`Take ${name} from elsewhere`} onClick={() => onMap(name)}>
            from elsewhere
          </WordButton>
        )}
      </span>
    </div>
  ));
}
