import { Choice } from '../../ui/Field.tsx';
import { withCriterion } from './criteria.ts';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { isObject, withField } from './json.ts';
import { PropertyControl } from './PropertyControl.tsx';

import { propertiesOf } from './schema.ts';
import { useStageForm } from './stageForm.ts';

/** A function of the server, with a form for what it takes. */
export function FunctionCriteria() {
  const { stage, problems, catalogue, set } = useStageForm();
  const criteria = isObject(stage.fields.validationCriteria) ? stage.fields.validationCriteria : {};
  const name = typeof criteria.functionName === 'string' ? criteria.functionName : '';
  const args = isObject(criteria.args) ? criteria.args : {};
  const known = catalogue.validationFunctions.find((one) => one.name === name);
  const properties = propertiesOf(known?.argsSchema);
  const choose = (functionName: string) => {
    const takes = propertiesOf(catalogue.validationFunctions.find((one) => one.name === functionName)?.argsSchema);
    const kept = Object.entries(args).filter(([arg]) => takes.some((property) => property.name === arg));
    set('validationCriteria', { ...criteria, functionName, args: Object.fromEntries(kept) });
  };
  return (
    <>
      <div className={styles.two}>
        <Choice label="Which" value={name} onChange={({ target }) => choose(target.value)} hint={known?.description}>
          {!known && <option value={name}>{name ? `${name}, which is no function here` : 'none is chosen'}</option>}
          {catalogue.validationFunctions.map((one) => (
            <option key={one.name} value={one.name}>
              {one.name.replaceAll('_', ' ')}
            </option>
          ))}
        </Choice>
      </div>
      {properties.length > 0 && (
        <div className={styles.two}>
          {properties.map((property) => {
            const place = `validationCriteria.args.${property.name}`;
            return (
              <div key={property.name} data-field={place}>
                <PropertyControl
                  property={property}
                  value={args[property.name]}
                  fault={faultOf(problems, place)}
                  onChange={(value, typing) =>
                    set(
                      'validationCriteria',
                      withCriterion(criteria, 'args', withField(args, property.name, value)),
                      typing && `args.${property.name}.${typing}`,
                    )
                  }
                  explained
                />
              </div>
            );
          })}
        </div>
      )}
    </>
  );
}
