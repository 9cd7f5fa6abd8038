import { classes } from '../../ui/classes.ts';
import { WordButton } from '../../ui/Button.tsx';
import type { DraftStage } from '../draft/draft.ts';
import type { Problem } from '../draft/problems.ts';
import grid from './Grid.module.css';
import { MappingRow } from './MappingRow.tsx';
import { type MappedName, pathTo, readMapping, writeMapping } from './mapping.ts';
import { freeName, twinFault } from './named.ts';
import { useRows } from './rows.ts';
import { UnmappedRows } from './UnmappedRows.tsx';

const read = (value: unknown) => readMapping(value) ?? [];

/** Names, each with where it comes from. */
export function MappingRows({
  field,
  value,
  onChange,
  stages,
  problems,
  pathsId,
  newName,
  addTitle,
  unmapped = [],
  inputNames = [],
}: {
  field: string;
  value: unknown;
  onChange: (value: unknown, typing?: string) => void;
  stages: readonly DraftStage[];
  problems: readonly Problem[];
  pathsId: string;
  newName: string;
  addTitle: string;
  /** What is used without being named here. */
  unmapped?: readonly string[];
  /** The inputs that are not new. */
  inputNames?: readonly string[];
}) {
  const { rows, set, add, remove } = useRows<MappedName>({ value, read, write: writeMapping, onChange });
  const names = rows.map((row) => row.value.name);
  const addName = () => add({ name: freeName(newName, new Set(names)), value: pathTo('') });
  return (
    <div className={classes(grid.grid, grid.mapping)}>
      {rows.length + unmapped.length > 0 && (
        <div className={grid.head} aria-hidden="true">
          <span>Name</span>
          <span>Path</span>
          <span>Of</span>
        </div>
      )}
      {rows.map(({ id, value: row }, index) => (
        <MappingRow
          key={id}
          field={field}
          row={row}
          onChange={(changed, typing) => set(id, changed, typing)}
          onRemove={() => remove(id)}
          twin={twinFault(names, index)}
          stages={stages}
          problems={problems}
          pathsId={pathsId}
        />
      ))}
      <UnmappedRows
        names={unmapped}
        inputNames={inputNames}
        stages={stages}
        onMap={(name) => add({ name, value: pathTo(`inputs.${name}`) })}
      />
      <div className={grid.after}>
        <WordButton onClick={addName}>{addTitle}</WordButton>
      </div>
    </div>
  );
}
