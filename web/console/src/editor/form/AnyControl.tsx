import { WordButton } from '../../ui/Button.tsx';
import { Text } from '../../ui/Field.tsx';
import { JsonControl } from './JsonControl.tsx';
import { useAsJson } from './unfinished.ts';

/** A text, or any other JSON. */
export function AnyControl({
  label,
  value,
  onChange,
  fault,
}: {
  label: string;
  value: unknown;
  onChange: (value: unknown, typing?: string) => void;
  fault?: React.ReactNode;
}) {
  const [json, toggle] = useAsJson(label, value !== undefined && typeof value !== 'string');
  return (
    <div>
      {json || (value !== undefined && typeof value !== 'string') ? (
        <JsonControl label={label} value={value} onChange={onChange} fault={fault} />
      ) : (
        <Text
          label={label}
          value={value ?? ''}
          dir="auto"
          fault={fault}
          onChange={({ target }) => onChange(target.value, 'text')}
        />
      )}
      <WordButton
        onClick={() => {
          toggle();
          if (json && value !== undefined && typeof value !== 'string') onChange(JSON.stringify(value));
        }}
      >
        {json ? 'as text' : 'as JSON'}
      </WordButton>
    </div>
  );
}
