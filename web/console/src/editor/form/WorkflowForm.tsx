import { Text } from '../../ui/Field.tsx';
import type { Draft, Edit, WorkflowField } from '../draft/draft.ts';
import type { Problem } from '../draft/problems.ts';
import { faultOf } from './faults.ts';
import { Flaws } from './Flaws.tsx';
import styles from './Form.module.css';
import { JsonControl } from './JsonControl.tsx';
import { MappingRows } from './MappingRows.tsx';
import { readMapping } from './mapping.ts';
import { Part } from './Part.tsx';
import { problemsLeft } from './places.ts';
import { useLedFocus } from './useLedFocus.ts';

/** What is said of the workflow as a whole: its name, what it is for, and what a run answers. */
export function WorkflowForm({
  draft,
  edit,
  problems,
  pathsId,
}: {
  draft: Draft;
  edit: (edit: Edit, coalesce?: string) => void;
  problems: readonly Problem[];
  pathsId: string;
}) {
  const root = useLedFocus<HTMLDivElement>();
  const own = problems.filter(({ local }) => local === null);
  const set = <Field extends WorkflowField>(field: Field, value: Draft[Field], typing?: string) =>
    edit({ kind: 'workflow', field, value } as Edit, typing && `workflow.${field}.${typing}`);
  const mapping = readMapping(draft.outputMapping);
  const setMapping = (value: unknown, typing?: string) => set('outputMapping', value, typing);
  return (
    <div ref={root} className={styles.body}>
      <div data-field="name">
        <Text
          label="Name of the workflow"
          hiddenLabel
          className={styles.name}
          rows={1}
          value={draft.name}
          dir="auto"
          fault={draft.name.trim() === '' ? 'A workflow needs a name' : faultOf(own, 'name')}
          onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
          onChange={({ target }) => set('name', target.value.replaceAll('\n', ' '), 'text')}
        />
      </div>
      <Flaws problems={own.filter(({ field }) => field === null)} />
      <div data-field="description">
        <Text
          label="What it is for"
          value={draft.description ?? ''}
          dir="auto"
          fault={faultOf(own, 'description')}
          onChange={({ target }) => set('description', target.value || null, 'text')}
        />
      </div>
      <Part
        title="What a run answers"
        aside={draft.outputMapping === null ? 'the output of the stage that passed last' : undefined}
        field="outputMapping"
        json={{ value: draft.outputMapping, onChange: setMapping, readable: mapping !== null }}
        problems={problemsLeft(own, 'outputMapping', {
          shown: mapping?.map(({ name }) => `outputMapping.${name}`) ?? [],
        })}
      >
        <MappingRows
          field="outputMapping"
          value={draft.outputMapping}
          onChange={setMapping}
          stages={draft.stages}
          problems={own}
          pathsId={pathsId}
          newName="answer"
          addTitle={draft.outputMapping === null ? 'Say what it answers' : 'Add a name'}
        />
      </Part>
      <Part title="Metadata" aside="what front ends keep with it" field="metadata">
        <JsonControl
          label="Metadata, as JSON"
          hiddenLabel
          value={draft.metadata}
          onChange={(value, typing) => set('metadata', value, typing)}
        />
      </Part>
    </div>
  );
}
