import { Text } from '../../ui/Field.tsx';
import styles from './Preview.module.css';
import type { Samples } from './samples.ts';

/** The inputs of a run, to be looked at or tried with. */
export function SampleInputs({
  names,
  samples,
  onChange,
}: {
  names: readonly string[];
  samples: Samples;
  onChange: (name: string, value: string) => void;
}) {
  return (
    <div className={styles.inputs}>
      {names.map((name) => (
        <Text
          key={name}
          label={name}
          dir="auto"
          rows={1}
          value={samples[name] ?? ''}
          onChange={({ target }) => onChange(name, target.value)}
        />
      ))}
    </div>
  );
}
