import { useMemo } from 'react';
import { TemplateField, type TextHandle } from '../text/TemplateField.tsx';
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
  const { stage, problems, complete } = useStageForm();
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
      completions={completions}
    />
  );
}
