import { Field } from '../../ui/Field.tsx';
import grid from './Grid.module.css';

/** A path such as `stage_1.output.title`; the browser proposes those that there are. */
export function PathField({
  label,
  value,
  onChange,
  pathsId,
  hiddenLabel,
  fault,
  hint,
}: {
  label: string;
  value: string;
  onChange: (path: string) => void;
  pathsId: string;
  hiddenLabel?: boolean;
  fault?: React.ReactNode;
  hint?: React.ReactNode;
}) {
  return (
    <Field
      label={label}
      className={grid.exact}
      value={value}
      list={pathsId}
      spellCheck={false}
      placeholder="inputs.topic"
      fault={fault}
      hint={hint}
      onChange={({ target }) => onChange(target.value)}
      {...(hiddenLabel ? { hiddenLabel } : {})}
    />
  );
}
