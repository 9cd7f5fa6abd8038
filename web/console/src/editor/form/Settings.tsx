import { WordButton } from '../../ui/Button.tsx';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { JsonControl } from './JsonControl.tsx';
import { isObject, withField } from './json.ts';
import { KeyField } from './KeyField.tsx';
import { NoneButton, PropertyControl, type PropertyControlProps } from './PropertyControl.tsx';

import type { Property } from './schema.ts';
import { useStageForm } from './stageForm.ts';
import { useAsJson } from './unfinished.ts';

/** One setting of the model call; what it is without a word is the model's. */
export function Setting({ property, explained }: { property: Property; explained?: boolean }) {
  const props = useSetting(property);
  return (
    <div data-field={`flowiseConfig.${property.name}`}>
      <PropertyControl {...props} {...(explained ? { explained } : {})} />
      <NoneButton {...props} />
    </div>
  );
}

function useSetting(property: Property): PropertyControlProps {
  const { stage, problems, catalogue, set } = useStageForm();
  const config = isObject(stage.fields.flowiseConfig) ? stage.fields.flowiseConfig : {};
  const model = catalogue.models.find(({ id }) => id === stage.fields.modelId);
  const defaults = isObject(model?.configDefaults) ? model.configDefaults : {};
  return {
    property: { ...property, label: WORDS[property.name] ?? property.label },
    value: config[property.name],
    otherwise: defaults[property.name] ?? undefined,
    fault: faultOf(problems, `flowiseConfig.${property.name}`),
    onChange(value, typing) {
      const next = withField(config, property.name, value);
      set('flowiseConfig', Object.keys(next).length === 0 ? null : next, typing && `${property.name}.${typing}`);
    },
  };
}

/** The settings that stand beside the model; the others are one word away. */
export const FIRST = ['temperature', 'maxTokens'];

/** What people call them where the name alone says too little. */
const WORDS: Record<string, string> = {
  maxTokens: 'Most tokens',
  reasoningEffort: 'Thinks',
  responseFormat: 'Form of the answer',
  stop: 'Stops at',
  topP: 'Top p',
  topK: 'Top k',
  presencePenalty: 'Presence penalty',
  frequencyPenalty: 'Frequency penalty',
  seed: 'Seed',
  systemRole: 'Takes system messages',
  stream: 'Answers word by word',
};

/** The ones that people know by name first, in the order of what they are about; then whatever else there is. */
function inOrder(properties: readonly Property[]): Property[] {
  const known = Object.keys(WORDS);
  const place = ({ name }: Property) => (known.includes(name) ? known.indexOf(name) : known.length);
  return properties.toSorted((one, other) => place(one) - place(other));
}

const ALL = 'All settings of the model call, as JSON';

/** The other settings, with what they do; closed, it says which are set. */
export function MoreSettings({ properties }: { properties: readonly Property[] }) {
  const { stage, set } = useStageForm();
  const [json, toggle] = useAsJson(ALL);
  const config = stage.fields.flowiseConfig;
  const others = isObject(config) ? Object.keys(config).filter((name) => !FIRST.includes(name)) : [];
  const isReadable = config === null || isObject(config);
  const said = [stage.fields.key && `key ${stage.fields.key}`, ...others.map((name) => WORDS[name] ?? name)];
  return (
    <details className={styles.more} data-field="flowiseConfig">
      <summary>
        Key and more settings
        {said.some(Boolean) && <span className="faint">: {said.filter(Boolean).join(', ')}</span>}
      </summary>
      <div className={styles.two}>
        <KeyField />
        {!json &&
          isReadable &&
          inOrder(properties).map((property) => <Setting key={property.name} property={property} explained />)}
      </div>
      {(json || !isReadable) && (
        <JsonControl label={ALL} value={config} onChange={(value, typing) => set('flowiseConfig', value, typing)} />
      )}
      {isReadable && (
        <p className={styles.after}>
          <span className="faint">A number may be none: nothing is sent then, whatever the model has. </span>
          <WordButton aria-pressed={json} onClick={toggle}>
            {json ? 'as a form' : 'as JSON'}
          </WordButton>
        </p>
      )}
    </details>
  );
}
