import { WordButton } from '../../ui/Button.tsx';
import { Choice, Field } from '../../ui/Field.tsx';
import type { DraftStage } from '../draft/draft.ts';
import type { Problem } from '../draft/problems.ts';
import { Flaws } from './Flaws.tsx';
import grid from './Grid.module.css';
import { JsonControl } from './JsonControl.tsx';
import type { MappedName, Paths } from './mapping.ts';
import { PathField } from './PathField.tsx';
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
          <PathList name={name} source={source} change={change} pathsId={pathsId} />
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

type Change = (paths: Partial<Paths>, typing?: string) => void;

function PathList({ name, source, change, pathsId }: { name: string; source: Paths; change: Change; pathsId: string }) {
  const { paths, by } = source;
  return (
    <div className={grid.paths}>
      {paths.map((path, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a path is known by its place.
        <div key={index} className={grid.path}>
          <PathField
            label={paths.length > 1 ? `Path ${index + 1} of ${name}` : `Path of ${name}`}
            hiddenLabel
            value={path}
            pathsId={pathsId}
            onChange={(written) => change({ paths: paths.with(index, written) }, `path${index}`)}
          />
          {paths.length > 1 && (
            <WordButton
              aria-label={`Remove path ${index + 1} of ${name}`}
              onClick={() => change({ paths: paths.toSpliced(index, 1) })}
            >
              Remove
            </WordButton>
          )}
        </div>
      ))}
      {(paths.length > 1 || by === 'latest') && (
        <Choice
          label={`Which path of ${name}`}
          hiddenLabel
          value={by}
          onChange={({ target }) => change({ by: target.value === 'latest' ? 'latest' : 'order' })}
        >
          <option value="order">the first that has a value</option>
          <option value="latest">the one whose stage ended last</option>
        </Choice>
      )}
    </div>
  );
}

function Fallback({ name, source: { fallback }, change }: { name: string; source: Paths; change: Change }) {
  const value = fallback?.value;
  return (
    <div className={grid.path}>
      {typeof value === 'string' ? (
        <Field
          label={`Where there is none, ${name} is this text`}
          value={value}
          dir="auto"
          onChange={({ target }) => change({ fallback: { value: target.value } }, 'default')}
        />
      ) : (
        <JsonControl
          label={`Where there is none, ${name} is this JSON`}
          value={value}
          onChange={(changed) => change({ fallback: { value: changed } }, 'default')}
        />
      )}
      <span className={grid.tools}>
        {typeof value === 'string' && (
          <WordButton
            aria-label={`The default of ${name} as JSON`}
            onClick={() => change({ fallback: { value: null } })}
          >
            as JSON
          </WordButton>
        )}
        <WordButton aria-label={`No default for ${name}`} onClick={() => change({ fallback: null })}>
          no default
        </WordButton>
      </span>
    </div>
  );
}

function told(paths: readonly string[], stages: readonly DraftStage[]): string {
  const all = paths.map((path) => provenance(path, stages)).filter((one) => one !== null);
  return [...new Set(all)].join('; or ');
}
