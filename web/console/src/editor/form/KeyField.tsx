import { Field } from '../../ui/Field.tsx';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';

import { useStageForm } from './stageForm.ts';

/** By what the paths of other stages may call this one. */
export function KeyField() {
  const { stage, problems, set } = useStageForm();
  const { key } = stage.fields;
  return (
    <div data-field="key">
      <Field
        label="Key"
        className={styles.exact}
        value={key ?? ''}
        spellCheck={false}
        placeholder={`stage_${stage.order}`}
        hint={
          key
            ? `Templates may say {{${key}.…}} for what it brings`
            : 'A word by which templates may call what it brings'
        }
        fault={faultOf(problems, 'key')}
        onChange={({ target }) => set('key', target.value || null, 'text')}
      />
    </div>
  );
}
