import { classes } from '../../ui/classes.ts';
import { WordButton } from '../../ui/Button.tsx';
import type { DraftStage } from '../draft/draft.ts';
import grid from './Grid.module.css';
import { provenance } from './provenance.ts';

/** What the templates use without a mapping: inputs by their names, which can be mapped, and paths. */
export function UnmappedRows({
  names,
  inputNames,
  stages,
  onMap,
}: {
  names: readonly string[];
  /** Those that the saved workflow asks for. */
  inputNames: readonly string[];
  stages: readonly DraftStage[];
  onMap: (name: string) => void;
}) {
  return names.map((name) => (
    <div key={name} className={grid.row}>
      <UnmappedName name={name} />
      <span className={grid.told}>{sourceOf(name, inputNames, stages)}</span>
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

/** A path is its own name, and has the room of both. */
function UnmappedName({ name }: { name: string }) {
  if (name.includes('.')) return <span className={classes('exact', grid.both)}>{name}</span>;
  return (
    <>
      <span className="exact">{name}</span>
      <span className="exact">inputs.{name}</span>
    </>
  );
}

/** A name that nothing gave before may be a slip: it is told as what it is. */
function sourceOf(name: string, inputNames: readonly string[], stages: readonly DraftStage[]): string | null {
  if (name.includes('.')) return provenance(name, stages);
  return inputNames.includes(name) ? provenance(`inputs.${name}`, stages) : 'a new input of the run';
}
