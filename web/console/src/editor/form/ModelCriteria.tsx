import { withCriterion } from './criteria.ts';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { isObject } from './json.ts';
import { ModelChoice } from './ModelChoice.tsx';

import { useStageForm } from './stageForm.ts';
import { Template } from './Template.tsx';

/** Another model, and what it is asked about the answer. */
export function ModelCriteria() {
  const { stage, problems, set } = useStageForm();
  const criteria = isObject(stage.fields.validationCriteria) ? stage.fields.validationCriteria : {};
  const { prompt, modelId } = criteria;
  const place = 'validationCriteria.prompt';
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
          label="Prompt for the judge"
          field={place}
          value={typeof prompt === 'string' ? prompt : null}
          onChange={(text) => set('validationCriteria', withCriterion(criteria, 'prompt', text ?? ''), 'prompt')}
        />
      </div>
    </>
  );
}
