import { WordButton } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Field.tsx';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { isObject, onlyHas, withField } from './json.ts';
import { NumberControl } from './NumberControl.tsx';
import { Part } from './Part.tsx';
import { PathField } from './PathField.tsx';
import { problemsLeft } from './places.ts';
import { parseNumber } from './schema.ts';
import { useStageForm } from './stageForm.ts';

const FIELD = 'forEach';

/** The list that the stage runs over, once for every item; or it runs once. */
export function ForEach() {
  const { stage, problems, pathsId, set } = useStageForm();
  const value = stage.fields.forEach;
  const list = isObject(value) ? value : {};
  const onChange = (changed: unknown, typing?: string) => set(FIELD, changed, typing);
  const change = (field: string, to: unknown, typing?: string) => onChange(withField(list, field, to), typing);
  if (value === null) {
    return (
      <Part title="How often" aside="it runs once" field={FIELD} problems={problemsLeft(problems, FIELD)}>
        <WordButton onClick={() => onChange({ in: 'inputs.items' })}>Run it for each item of a list</WordButton>
      </Part>
    );
  }
  return (
    <Part
      title="How often"
      aside="once for each item of a list"
      field={FIELD}
      json={{ value, onChange, readable: canShow(value) }}
      problems={problemsLeft(problems, FIELD, { faulty: [`${FIELD}.in`, `${FIELD}.concurrency`] })}
    >
      <div className={styles.two}>
        <div data-field={`${FIELD}.in`}>
          <PathField
            label="The list at"
            value={typeof list.in === 'string' ? list.in : ''}
            pathsId={pathsId}
            fault={faultOf(problems, `${FIELD}.in`)}
            onChange={(path) => change('in', path, 'in')}
          />
        </div>
        <div data-field={`${FIELD}.concurrency`}>
          <NumberControl
            label="At once, 1 to 8"
            value={list.concurrency as number | null | undefined}
            parse={(text) => parseNumber(text, true)}
            whole
            placeholder="1"
            fault={faultOf(problems, `${FIELD}.concurrency`)}
            onChange={(number, typing) => change('concurrency', number, typing && `concurrency.${typing}`)}
          />
        </div>
        <Choice
          label="An item without attempts left"
          value={typeof list.onItemFail === 'string' ? list.onItemFail : ''}
          onChange={({ target }) => change('onItemFail', target.value || undefined)}
        >
          <option value="">fails the stage</option>
          {list.onItemFail === 'fail' && <option value="fail">fails the stage (fail)</option>}
          <option value="skip">is passed over: null in its place</option>
        </Choice>
      </div>
      <p className={styles.after}>
        <WordButton onClick={() => onChange(null)}>Run it once</WordButton>
      </p>
    </Part>
  );
}

function canShow(value: unknown): boolean {
  if (!isObject(value) || !onlyHas(value, ['in', 'concurrency', 'onItemFail'])) return false;
  const { in: list, concurrency, onItemFail } = value;
  const isNumber = concurrency === undefined || concurrency === null || typeof concurrency === 'number';
  return typeof list === 'string' && isNumber && [undefined, 'fail', 'skip'].includes(onItemFail as string | undefined);
}
