import { useRef } from 'react';
import { WITH_LAST } from '../draft/history.ts';
import type { ValidationType } from '../../schema.generated.ts';
import { CHECKS, canShow, firstCriteria } from './criteria.ts';
import styles from './Form.module.css';
import { FunctionCriteria } from './FunctionCriteria.tsx';
import { isObject } from './json.ts';
import { ModelCriteria } from './ModelCriteria.tsx';
import { Part } from './Part.tsx';
import { PatternCriteria } from './PatternCriteria.tsx';
import { problemsLeft } from './places.ts';
import { propertiesOf } from './schema.ts';
import { type Catalogue, useStageForm } from './stageForm.ts';

const FIELD = 'validationCriteria';
const FORMS: Partial<Record<ValidationType, () => React.ReactNode>> = {
  REGEX: PatternCriteria,
  FUNCTION: FunctionCriteria,
  LLM: ModelCriteria,
};

/** Who or what judges the answer, and by what. */
export function Judging() {
  const { stage, problems, catalogue, set } = useStageForm();
  const { validationType: type, validationCriteria: criteria } = stage.fields;
  // What was written for one check is there again when one comes back to it.
  const written = useRef<Partial<Record<ValidationType, unknown>>>({});
  const choose = (chosen: ValidationType) => {
    if (chosen === type) return;
    written.current[type] = criteria;
    set('validationType', chosen);
    set(FIELD, written.current[chosen] ?? firstCriteria(chosen), WITH_LAST);
  };
  const Form = FORMS[type];
  const isBare = Form === undefined && criteria === null;
  return (
    <Part
      title="Judged by"
      field="validationType"
      {...(isBare
        ? {}
        : {
            json: {
              value: criteria,
              onChange: (changed: unknown, typing?: string) => set(FIELD, changed, typing),
              readable: canShow(type, criteria),
            },
          })}
      before={<Checks type={type} onChoose={choose} />}
      problems={[
        ...problemsLeft(problems, 'validationType'),
        ...problemsLeft(problems, FIELD, { shown: [`${FIELD}.prompt`], faulty: faultyIn(criteria, catalogue) }),
      ]}
    >
      {Form && <Form />}
      {type === 'MANUAL' && <p className="soft">The run waits in the inbox until a person has decided.</p>}
    </Part>
  );
}

/** The places whose controls say their errors themselves. */
function faultyIn(criteria: unknown, { validationFunctions }: Catalogue): string[] {
  const name = isObject(criteria) ? criteria.functionName : null;
  const args = propertiesOf(validationFunctions.find((one) => one.name === name)?.argsSchema);
  return [`${FIELD}.pattern`, `${FIELD}.modelId`, ...args.map((arg) => `${FIELD}.args.${arg.name}`)];
}

/** The checks as one row of words. */
function Checks({ type, onChoose }: { type: ValidationType; onChoose: (type: ValidationType) => void }) {
  const walk = (event: React.KeyboardEvent<HTMLDivElement>) => {
    const at = CHECKS.findIndex((check) => check.type === type);
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const next = by === undefined ? undefined : CHECKS[(at + by + CHECKS.length) % CHECKS.length];
    if (!next) return;
    event.preventDefault();
    onChoose(next.type);
    event.currentTarget.querySelectorAll('button')[CHECKS.indexOf(next)]?.focus();
  };
  return (
    <div role="radiogroup" aria-label="Who or what judges" className={styles.checks} onKeyDown={walk}>
      {CHECKS.map((check) => (
        // biome-ignore lint/a11y/useSemanticElements: words in a row, as filters are.
        <button
          key={check.type}
          type="button"
          role="radio"
          aria-checked={check.type === type}
          tabIndex={check.type === type ? 0 : -1}
          onClick={() => onChoose(check.type)}
        >
          {check.word}
        </button>
      ))}
    </div>
  );
}
