import { useEffect, useRef, useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { ModeSwitch } from '../text/ModeSwitch.tsx';
import type { TextHandle } from '../text/TemplateField.tsx';
import { placeholders } from '../text/template.ts';
import { Part } from './Part.tsx';
import { SavedPromptsMenu } from './SavedPromptsMenu.tsx';
import { useStageForm } from './stageForm.ts';
import { Template } from './Template.tsx';

export type TemplateName = 'systemTemplate' | 'promptTemplate' | 'retryPromptTemplate';

/** One of a stage's templates. One that is seldom there is offered by a word. */
export function TemplatePart({
  field,
  title,
  offer,
  note,
}: {
  field: TemplateName;
  title: string;
  /** What to add it by, where it is not there. */
  offer?: string;
  note?: string;
}) {
  const { stage, draft, set } = useStageForm();
  const value = stage.fields[field];
  const text = useRef<TextHandle>(null);
  const [isWanted, setWanted] = useState(false);
  useEffect(() => {
    if (isWanted) text.current?.focus();
  }, [isWanted]);
  const isOffered = offer !== undefined && value === null && !isWanted;
  return (
    <Part
      title={title}
      field={field}
      aside={value === null ? note : countInWords(value, draft.stages)}
      tools={
        <>
          <SavedPromptsMenu label={title} value={value} text={text} onChange={(prompt) => set(field, prompt)} />
          {field === 'promptTemplate' && <ModeSwitch />}
        </>
      }
    >
      {isOffered ? (
        <WordButton onClick={() => setWanted(true)}>{offer}</WordButton>
      ) : (
        <Template
          ref={text}
          label={title}
          field={field}
          value={value}
          onChange={(written) => set(field, written, 'text')}
        />
      )}
    </Part>
  );
}

function countInWords(text: string, stages: readonly { fields: { key: string | null } }[]): string {
  const keys = new Set(stages.flatMap(({ fields }) => fields.key ?? []));
  const found = new Set(
    placeholders(text, { keys, hasItem: true })
      .filter(({ isEscaped }) => !isEscaped)
      .map(({ name }) => name),
  );
  if (found.size === 0) return 'plain text';
  return found.size === 1 ? '1 placeholder' : `${found.size} placeholders`;
}
