import { useRef } from 'react';
import type { TextHandle } from '../text/TemplateField.tsx';
import { withCriterion } from './criteria.ts';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { isObject } from './json.ts';
import { ModelChoice } from './ModelChoice.tsx';
import { SavedPromptsMenu } from './SavedPromptsMenu.tsx';
import { useStageForm } from './stageForm.ts';
import { Template } from './Template.tsx';

/** Another model, and what it is asked about the answer. */
export function ModelCriteria() {
  const { stage, problems, set } = useStageForm();
  const criteria = isObject(stage.fields.validationCriteria) ? stage.fields.validationCriteria : {};
  const { prompt, modelId } = criteria;
  const place = 'validationCriteria.prompt';
  const text = useRef<TextHandle>(null);
  const written = typeof prompt === 'string' ? prompt : null;
  const write = (next: string | null, typing?: string) =>
    set('validationCriteria', withCriterion(criteria, 'prompt', next ?? ''), typing);
  return (
    <>
      <div className={styles.two} data-field="validationCriteria.modelId">
        <ModelChoice
          label="Which"
          value={typeof modelId === 'string' ? modelId : null}
          nothing="the one that answers"
          fault={faultOf(problems, 'validationCriteria.modelId')}
          onChange={(id) => set('validationCriteria', withCriterion(criteria, 'modelId', id ?? undefined))}
        />
      </div>
      <div className={styles.after} data-field={place}>
        <Template
          ref={text}
          label="Prompt for the judge"
          field={place}
          value={written}
          onChange={(next) => write(next, 'prompt')}
        />
        <div className={styles.after}>
          <SavedPromptsMenu label="the judge" value={written} text={text} onChange={write} />
        </div>
      </div>
    </>
  );
}
