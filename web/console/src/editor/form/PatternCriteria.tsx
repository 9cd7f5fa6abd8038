import { Text, Tick } from '../../ui/Field.tsx';
import { toggled, withCriterion } from './criteria.ts';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { isObject } from './json.ts';

import { useStageForm } from './stageForm.ts';

const FLAGS = [
  { flag: 'i', word: 'upper and lower case alike' },
  { flag: 'm', word: '^ and $ mean lines' },
  { flag: 's', word: '. is a line break, too' },
  { flag: 'x', word: 'blanks in it mean nothing' },
] as const;

/** A pattern that an answer matches, or must not match. */
export function PatternCriteria() {
  const { stage, problems, set } = useStageForm();
  const criteria = isObject(stage.fields.validationCriteria) ? stage.fields.validationCriteria : {};
  const { pattern, flags, mustMatch } = criteria;
  const flagText = typeof flags === 'string' ? flags : '';
  const change = (field: string, value: unknown, typing?: string) =>
    set('validationCriteria', withCriterion(criteria, field, value), typing);
  return (
    <div data-field="validationCriteria.pattern">
      <Text
        label="Pattern"
        className={styles.exact}
        value={typeof pattern === 'string' ? pattern : ''}
        rows={1}
        spellCheck={false}
        fault={faultOf(problems, 'validationCriteria.pattern')}
        onChange={({ target }) => change('pattern', target.value, 'pattern')}
      />
      <div className={styles.ticks}>
        <Tick
          checked={mustMatch === false}
          onChange={({ target }) => change('mustMatch', target.checked ? false : undefined)}
        >
          an answer passes that does not match
        </Tick>
        {FLAGS.map(({ flag, word }) => (
          <Tick key={flag} checked={flagText.includes(flag)} onChange={() => change('flags', toggled(flagText, flag))}>
            {word}
          </Tick>
        ))}
      </div>
    </div>
  );
}
