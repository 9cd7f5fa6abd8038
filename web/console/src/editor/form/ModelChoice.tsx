import { demoHint } from '../../models/demo.ts';
import { classes } from '../../ui/classes.ts';
import { Choice } from '../../ui/Field.tsx';
import styles from './Form.module.css';
import { type Model, useStageForm } from './stageForm.ts';

const option = ({ id, name, provider }: Model) => (
  <option key={id} value={id}>
    {`${name}, ${provider}`}
  </option>
);

/** A model of the catalogue; one whose provider is not configured here says so. */
export function ModelChoice({
  label,
  value,
  onChange,
  nothing,
  fault,
}: {
  label: string;
  value: string | null;
  onChange: (id: string | null) => void;
  nothing: string;
  fault?: React.ReactNode;
}) {
  const { models } = useStageForm().catalogue;
  const chosen = models.find(({ id }) => id === value);
  return (
    <Choice label={label} value={value ?? ''} fault={fault} onChange={({ target }) => onChange(target.value || null)}>
      <option value="">{nothing}</option>
      {value !== null && !chosen && <option value={value}>a model that is gone</option>}
      {models.filter(({ available }) => available).map(option)}
      <optgroup label="Not configured on this server">
        {models.filter(({ available }) => !available).map(option)}
      </optgroup>
    </Choice>
  );
}

/** What is to be known of a chosen model; it stands below its row, for the column of the choice is narrow. */
export function ModelHint({ value }: { value: string | null }) {
  const { models } = useStageForm().catalogue;
  const hint = demoHint(models.find(({ id }) => id === value)?.provider);
  return hint && <p className={classes('faint', styles.modelHint)}>{hint}</p>;
}
