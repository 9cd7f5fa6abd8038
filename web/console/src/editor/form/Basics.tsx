import { Text } from '../../ui/Field.tsx';
import type { Problem } from '../draft/problems.ts';
import { faultOf } from './faults.ts';
import { Flaws } from './Flaws.tsx';
import styles from './Form.module.css';
import { isObject } from './json.ts';
import { ModelChoice, ModelHint } from './ModelChoice.tsx';
import { NumberControl } from './NumberControl.tsx';
import { problemsLeft } from './places.ts';
import { FIRST, MoreSettings, Setting } from './Settings.tsx';
import { parseNumber, type Property, propertiesOf } from './schema.ts';
import { useStageForm } from './stageForm.ts';

/** What the stage is called, which model answers, how, and how often it may try. */
export function Basics() {
  const { stage, problems, catalogue, set } = useStageForm();
  const { name, modelId, retryLimit, timeoutSeconds } = stage.fields;
  const settings = propertiesOf(
    isObject(catalogue.modelSettings) && isObject(catalogue.modelSettings.properties)
      ? catalogue.modelSettings.properties.flowiseConfig
      : null,
  );
  const at = (field: string) => faultOf(problems, field);
  return (
    <>
      <div data-field="name">
        <Text
          label="Name"
          hiddenLabel
          className={styles.name}
          rows={1}
          value={name ?? ''}
          placeholder="Without a name"
          dir="auto"
          fault={at('name')}
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          onChange={({ target }) => set('name', target.value.replaceAll('\n', ' ') || null, 'text')}
        />
      </div>
      <Flaws problems={problems.filter(({ field }) => field === null)} />
      <div className={styles.settings}>
        <div data-field="modelId">
          <ModelChoice
            label="Answered by"
            value={modelId}
            nothing="no model yet"
            onChange={(id) => set('modelId', id)}
          />
        </div>
        {settings
          .filter((property) => FIRST.includes(property.name))
          .sort((one, other) => FIRST.indexOf(one.name) - FIRST.indexOf(other.name))
          .map((property) => (
            <Setting key={property.name} property={property} />
          ))}
        <div data-field="retryLimit">
          <NumberControl
            label="Retries"
            value={retryLimit}
            parse={(text) => parseNumber(text, true)}
            whole
            required
            fault={at('retryLimit')}
            onChange={(number, typing) => set('retryLimit', number ?? 0, typing)}
          />
        </div>
        <div data-field="timeoutSeconds">
          <NumberControl
            label="Gives up after"
            unit="s"
            value={timeoutSeconds ?? undefined}
            parse={(text) => parseNumber(text, true, 's')}
            whole
            placeholder="the server’s"
            fault={at('timeoutSeconds')}
            onChange={(number, typing) => set('timeoutSeconds', number ?? null, typing)}
          />
        </div>
      </div>
      <ModelHint value={modelId} />
      <Flaws problems={left(problems, settings)} />
      <MoreSettings properties={settings.filter((property) => !FIRST.includes(property.name))} />
    </>
  );
}

/** What no control says: the model's problems, for which its column is too narrow, and what is doubtful in the others. */
function left(problems: readonly Problem[], settings: readonly Property[]): Problem[] {
  const fields = ['name', 'key', 'modelId', 'retryLimit', 'timeoutSeconds', 'flowiseConfig'];
  const faulty = [
    'name',
    'key',
    'retryLimit',
    'timeoutSeconds',
    ...settings.map(({ name }) => `flowiseConfig.${name}`),
  ];
  return fields.flatMap((field) => problemsLeft(problems, field, { faulty }));
}
