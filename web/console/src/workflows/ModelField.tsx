import { demoHint } from '../models/demo.ts';
import { Choice } from '../ui/Field.tsx';
import type { ModelChoice } from './useModels.ts';

/** The model for the stages that name none. */
export function ModelField({ models: { models, chosen, choose } }: { models: ModelChoice }) {
  const usable = models.filter(({ available }) => available);
  if (usable.length === 0) {
    return <p className="soft">No model can be called yet: its stages are made without one.</p>;
  }
  return (
    <Choice
      label="Model of its stages"
      hint={demoHint(chosen?.provider)}
      value={chosen?.id ?? ''}
      onChange={(event) => choose(event.target.value)}
    >
      {usable.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Choice>
  );
}
