import { Choice } from '../../ui/Field.tsx';
import { useStageForm } from './stageForm.ts';

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
      {models.map(({ id, name, provider, available }) => (
        <option key={id} value={id}>
          {available ? `${name}, ${provider}` : `${name}, ${provider}: not configured here`}
        </option>
      ))}
    </Choice>
  );
}
