import { MappingRows } from './MappingRows.tsx';
import { readMapping } from './mapping.ts';
import { Part } from './Part.tsx';
import { problemsLeft } from './places.ts';
import { useStageForm } from './stageForm.ts';
import { unmapped } from './unmapped.ts';

const FIELD = 'inputVariableMapping';

/** Where the names come from that the templates use. */
export function Mapping() {
  const { stage, draft, problems, pathsId, inputNames, set } = useStageForm();
  const value = stage.fields.inputVariableMapping;
  const rows = readMapping(value);
  const onChange = (changed: unknown, typing?: string) => set(FIELD, changed, typing);
  const shown = rows?.map(({ name }) => `${FIELD}.${name}`) ?? [];
  return (
    <Part
      title="Where the placeholders come from"
      field={FIELD}
      json={{ value, onChange, readable: rows !== null }}
      problems={problemsLeft(problems, FIELD, { shown })}
    >
      <MappingRows
        field={FIELD}
        value={value}
        onChange={onChange}
        stages={draft.stages}
        problems={problems}
        pathsId={pathsId}
        newName="name"
        addTitle="Add a name"
        unmapped={unmapped(draft.stages, stage)}
        inputNames={inputNames}
      />
    </Part>
  );
}
