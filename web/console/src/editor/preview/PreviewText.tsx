import { fieldsOf } from '../../definition/shape.ts';
import { WordButton } from '../../ui/Button.tsx';
import { copyText } from '../../ui/copy.ts';
import { Note } from '../../ui/Note.tsx';
import { count } from '../../ui/time.ts';
import type { StageFields } from '../draft/draft.ts';
import { Flaws } from '../form/Flaws.tsx';
import type { Grammar } from '../text/template.ts';
import { MarkedText } from './MarkedText.tsx';
import styles from './Preview.module.css';
import { segmentsOf } from './segments.ts';
import { Sources } from './Sources.tsx';
import type { Preview } from './usePreview.ts';

/** What would be sent: system message, turns, prompt, with its values and where they come from. */
export function PreviewText({ preview: { asked, sent } }: { preview: Preview }) {
  const { draft, stage, retry, runId } = asked;
  // Before anything has run it is no fault that a value is not there.
  const problems = runId === null ? [] : sent.problems;
  const grammar: Grammar = {
    keys: new Set(draft.stages.flatMap(({ fields }) => fields.key ?? [])),
    hasItem: stage.fields.forEach !== null,
  };
  const marked = (template: string | null, text: string | null) => segmentsOf(template, text, grammar, sent.variables);
  const prompt = promptOf(stage.fields, retry);
  const { system } = sent;
  const systemTemplate = stage.fields.systemTemplate;
  return (
    <>
      {(system !== null || (sent.prompt === null && systemTemplate)) && (
        <Note
          title="System message"
          tools={system === null ? undefined : <Tools text={system} what="the system message" />}
        >
          <MarkedText segments={marked(systemTemplate, system)} problems={problems} className={styles.system} />
        </Note>
      )}
      <Turns messages={sent.messages} />
      <Note
        title={titleOf(sent.prompt, runId)}
        tools={sent.prompt === null ? undefined : <Tools text={sent.prompt} what="the prompt" />}
      >
        <MarkedText segments={marked(prompt, sent.prompt)} problems={problems} />
        {sent.prompt === null && <Flaws problems={problems} />}
      </Note>
      {sent.variables.length > 0 && (
        <Note title="Where the values come from">
          <Sources variables={sent.variables} stages={draft.stages} />
        </Note>
      )}
    </>
  );
}

function titleOf(prompt: string | null, runId: string | null): string {
  if (prompt !== null) return 'Prompt, as it would be sent';
  return runId === null ? 'Prompt, with the values that are there' : 'Prompt, which cannot be sent yet';
}

const promptOf = ({ promptTemplate, retryPromptTemplate }: StageFields, retry: boolean) =>
  (retry && retryPromptTemplate) || promptTemplate;

function Tools({ text, what }: { text: string; what: string }) {
  return (
    <>
      <span>{count([...text].length)} characters</span>
      <WordButton aria-label={`Copy ${what}`} onClick={() => copyText(text, what)}>
        Copy
      </WordButton>
    </>
  );
}

function Turns({ messages }: { messages: unknown }) {
  if (!Array.isArray(messages) || messages.length === 0) return null;
  return (
    <Note title="Turns before it">
      {messages.map(fieldsOf).map(({ role, content }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the turns of one answer do not move.
        <div key={index} className={styles.turn}>
          <h4>{role === 'assistant' ? 'The model' : 'The user'}</h4>
          <MarkedText segments={[{ text: String(content ?? ''), variable: null, isMissing: false }]} />
        </div>
      ))}
    </Note>
  );
}
