import { WordButton } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import type { DraftStage } from '../draft/draft.ts';
import type { Problem } from '../draft/problems.ts';
import { Flaws } from './Flaws.tsx';
import grid from './Grid.module.css';
import { JsonControl } from './JsonControl.tsx';
import { Fallback, MappedPaths } from './MappedPaths.tsx';
import type { MappedName, Paths } from './mapping.ts';
import { problemsOf } from './places.ts';
import { provenance } from './provenance.ts';

/** One name with its paths, which of them is taken, and what it is where none has a value. */
export function MappingRow({
  field,
  row: { name, value: source },
  onChange,
  onRemove,
  twin,
  stages,
  problems,
  pathsId,
}: {
  field: string;
  row: MappedName;
  onChange: (row: MappedName, typing?: string) => void;
  onRemove: () => void;
  twin: string | null;
  stages: readonly DraftStage[];
  problems: readonly Problem[];
  pathsId: string;
}) {
  const change = (paths: Partial<Paths>, typing?: string) =>
    source.kind === 'paths' && onChange({ name, value: { ...source, ...paths } }, typing);
  return (
    <div className={grid.row} data-field={`${field}.${name}`}>
      <Field
        label="Name"
        hiddenLabel
        className={grid.exact}
        value={name}
        spellCheck={false}
        fault={twin}
        onChange={({ target }) => onChange({ name: target.value, value: source }, 'name')}
      />
      {source.kind === 'paths' ? (
        <>
          <MappedPaths name={name} source={source} change={change} pathsId={pathsId} />
          <span className={grid.told}>{told(source.paths, stages)}</span>
        </>
      ) : (
        <div className={grid.whole}>
          <JsonControl
            label={`Where ${name} comes from, as JSON`}
            value={source.value}
            onChange={(value) => onChange({ name, value: { kind: 'other', value } }, 'json')}
          />
        </div>
      )}
      <span className={grid.tools}>
        {source.kind === 'paths' && (
          <WordButton
            aria-label={`or another path for ${name}`}
            onClick={() => change({ paths: [...source.paths, ''] })}
          >
            or
          </WordButton>
        )}
        {source.kind === 'paths' && !source.fallback && (
          <WordButton aria-label={`A default for ${name}`} onClick={() => change({ fallback: { value: '' } })}>
            default
          </WordButton>
        )}
        <WordButton aria-label={`Remove ${name}`} onClick={onRemove}>
          Remove
        </WordButton>
      </span>
      {source.kind === 'paths' && source.fallback && (
        <div className={grid.whole}>
          <Fallback name={name} source={source} change={change} />
        </div>
      )}
      <div className={grid.whole}>
        <Flaws problems={problemsOf(problems, `${field}.${name}`)} />
      </div>
    </div>
  );
}

function told(paths: readonly string[], stages: readonly DraftStage[]): string {
  const all = paths.map((path) => provenance(path, stages)).filter((one) => one !== null);
  return [...new Set(all)].join('; or ');
}
