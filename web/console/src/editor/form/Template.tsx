import { useMemo } from 'react';
import { TemplateField, type TextHandle } from '../text/TemplateField.tsx';
import { useSame } from '../text/useSame.ts';
import { useStageForm } from './stageForm.ts';

/** A text of the stage with placeholders, which knows its problems and what `{{` may go on with. */
export function Template({
  label,
  field,
  value,
  onChange,
  ref,
}: {
  label: string;
  /** By the API's name: `messages[0].content`. */
  field: string;
  value: string | null;
  onChange: (text: string | null) => void;
  ref?: React.Ref<TextHandle>;
}) {
  const { draft, stage, problems, complete } = useStageForm();
  const keys = useSame(draft.stages.flatMap(({ fields }) => fields.key ?? []));
  const hasItem = stage.fields.forEach !== null;
  const grammar = useMemo(() => ({ keys: new Set(keys), hasItem }), [keys, hasItem]);
  const completions = useMemo(() => complete(field), [complete, field]);
  return (
    <TemplateField
      ref={ref}
      label={label}
      stageLocal={stage.local}
      field={field}
      value={value}
      onChange={onChange}
      problems={problems}
      grammar={grammar}
      completions={completions}
    />
  );
}
