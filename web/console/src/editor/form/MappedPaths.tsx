import { WordButton } from '../../ui/Button.tsx';
import { Choice, Field } from '../../ui/Field.tsx';
import grid from './Grid.module.css';
import { JsonControl } from './JsonControl.tsx';
import type { Paths } from './mapping.ts';
import { PathField } from './PathField.tsx';

type Change = (paths: Partial<Paths>, typing?: string) => void;

/** The paths of a name, and which of several is taken. */
export function MappedPaths({
  name,
  source,
  change,
  pathsId,
}: {
  name: string;
  source: Paths;
  change: Change;
  pathsId: string;
}) {
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

/** What a name is where no path has a value. */
export function Fallback({ name, source: { fallback }, change }: { name: string; source: Paths; change: Change }) {
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
