import { WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { Field } from '../../ui/Field.tsx';
import type { DraftStage } from '../draft/draft.ts';
import type { Problem } from '../draft/problems.ts';
import { faultOf } from './faults.ts';
import grid from './Grid.module.css';
import { freeName, twinFault } from './named.ts';
import { PathField } from './PathField.tsx';

import { type RouteRow, readRoutes, writeRoutes } from './routes.ts';
import { useRows } from './rows.ts';
import { StageChoice } from './StageChoice.tsx';

const read = (routes: unknown) => readRoutes(routes)?.rows ?? [];

/** A path, and a stage for each value that may be there. */
export function RouteRows({
  routes,
  onChange,
  stages,
  problems,
  pathsId,
}: {
  routes: unknown;
  onChange: (routes: unknown, typing?: string) => void;
  stages: readonly DraftStage[];
  problems: readonly Problem[];
  pathsId: string;
}) {
  const by = readRoutes(routes)?.by ?? '';
  const write = (rows: readonly RouteRow[]) => (rows.length === 0 ? null : writeRoutes({ by, rows }));
  const { rows, set, add, remove } = useRows<RouteRow>({ value: routes, read, write, onChange });
  const names = rows.map((row) => row.value.name);
  return (
    <div className={classes(grid.grid, grid.routes)}>
      <div data-field="routes.by">
        <PathField
          label="By the value at"
          value={by}
          pathsId={pathsId}
          fault={faultOf(problems, 'routes.by')}
          onChange={(path) => onChange(writeRoutes({ by: path, rows: rows.map((row) => row.value) }), 'by')}
        />
      </div>
      {rows.map(({ id, value: row }, index) => (
        <div key={id} className={grid.row} data-field={`routes.to.${row.name}`}>
          <Field
            label="Value"
            hiddenLabel
            className={grid.exact}
            value={row.name}
            dir="auto"
            fault={twinFault(names, index)}
            onChange={({ target }) => set(id, { ...row, name: target.value }, 'value')}
          />
          <StageChoice
            label={`Where ${row.name} leads`}
            hiddenLabel
            value={row.value}
            stages={stages}
            end="the run ends, completed"
            fault={faultOf(problems, `routes.to.${row.name}`)}
            onChange={(order) => set(id, { ...row, value: order ?? 0 })}
          />
          <WordButton aria-label={`Remove ${row.name}`} onClick={() => remove(id)}>
            Remove
          </WordButton>
        </div>
      ))}
      <div className={grid.after}>
        <WordButton onClick={() => add({ name: freeName('value', new Set(names)), value: 0 })}>Add a value</WordButton>
        <WordButton onClick={() => onChange(null)}>No values</WordButton>
      </div>
    </div>
  );
}
