import { demoHint } from '../../models/demo.ts';
import { Choice } from '../../ui/Field.tsx';
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
    <Choice
      label={label}
      value={value ?? ''}
      fault={fault}
      hint={demoHint(chosen?.provider)}
      onChange={({ target }) => onChange(target.value || null)}
    >
      <option value="">{nothing}</option>
      {value !== null && !chosen && <option value={value}>a model that is gone</option>}
      {models.filter(({ available }) => available).map(option)}
      <optgroup label="Not configured on this server">
        {models.filter(({ available }) => !available).map(option)}
      </optgroup>
    </Choice>
  );
}
