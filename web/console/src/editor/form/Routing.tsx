import { WordButton } from '../../ui/Button.tsx';
import { afterPass } from '../stages/wires.ts';
import { Part } from './Part.tsx';
import styles from './Form.module.css';
import { isWithin, problemsLeft } from './places.ts';
import { RouteRows } from './RouteRows.tsx';
import { readRoutes } from './routes.ts';
import { StageChoice } from './StageChoice.tsx';
import { faultOf } from './faults.ts';
import { useStageForm } from './stageForm.ts';

/** Where a run goes from here: by a value, by a pass, and when no attempt passed. */
export function Routing() {
  const { stage, draft, problems, pathsId, set } = useStageForm();
  const { routes, nextStageOnPass, nextStageOnFail } = stage.fields;
  const read = routes === null ? null : readRoutes(routes);
  const next = draft.stages[draft.stages.indexOf(stage) + 1];
  const onChange = (changed: unknown, typing?: string) => set('routes', changed, typing);
  const faulty = ['routes.by', ...(read?.rows.map(({ name }) => `routes.to.${name}`) ?? [])];
  const startRoutes = () => {
    const after = afterPass(draft.stages, draft.stages.indexOf(stage));
    const to = after === null ? 0 : (draft.stages[after]?.order ?? 0);
    onChange({ by: `${stage.fields.key ?? `stage_${stage.order}.output`}.kind`, to: { value: to } });
  };
  return (
    <Part
      title="Where it goes"
      field="routes"
      {...(routes === null ? {} : { json: { value: routes, onChange, readable: read !== null } })}
      problems={problemsLeft(problems, 'routes', { faulty })}
    >
      {read && (
        <RouteRows
          routes={routes}
          onChange={onChange}
          stages={draft.stages}
          problems={problems.filter(({ field }) => field && isWithin(field, 'routes'))}
          pathsId={pathsId}
        />
      )}
      <div className={styles.two}>
        <div data-field="nextStageOnPass">
          <StageChoice
            label={routes === null ? 'Passed' : 'Passed, with any other value'}
            value={nextStageOnPass}
            onChange={(order) => set('nextStageOnPass', order)}
            stages={draft.stages}
            nothing={next ? `the next one: ${next.order}` : 'the next one: there is none, the run ends'}
            end="the run ends, completed"
            fault={faultOf(problems, 'nextStageOnPass')}
          />
        </div>
        <div data-field="nextStageOnFail">
          <StageChoice
            label="Refused, no retry left"
            value={nextStageOnFail}
            onChange={(order) => set('nextStageOnFail', order)}
            stages={draft.stages}
            nothing="the run ends, failed"
            end="the run ends, failed (0)"
            fault={faultOf(problems, 'nextStageOnFail')}
          />
        </div>
      </div>
      {routes === null && (
        <p className={styles.after}>
          <WordButton onClick={startRoutes}>Go on by a value</WordButton>
        </p>
      )}
    </Part>
  );
}
