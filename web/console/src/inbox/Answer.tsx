import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useMemo, useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { copyText } from '../ui/copy.ts';
import { countWords } from '../ui/countWords.ts';
import { Diff } from '../ui/Diff.tsx';
import { Text } from '../ui/Field.tsx';
import { Json } from '../ui/Json.tsx';
import { counted, ordinal } from '../ui/time.ts';
import { useSettled } from '../ui/useSettled.ts';
import styles from './Answer.module.css';
import type { Earlier } from './earlier.ts';
import type { OpenLetter } from './LetterPage.tsx';
import { inField } from './lineEnds.ts';
import { LetterTextDocument } from './LetterText.generated.ts';
import { readable } from './readable.ts';

interface Props {
  log: OpenLetter;
  answer: { text: string; isJson: boolean };
  edit: string | null;
  isEditing: boolean;
  /** It waits no more: whoever writes is left with the field. */
  isOver: boolean;
  /** Why the server would not have the edit. */
  fault: string | null;
  onEdit: (text: string) => void;
  onTakeBack: () => void;
  /** The answer that was refused before this one. */
  before: Earlier | null;
}

/** The answer: as the model wrote it, as the person edits it, and what the edit changes. */
export function Answer({ log, answer, edit, isEditing, isOver, fault, onEdit, onTakeBack, before }: Props) {
  const [marked, setMarked] = useState(true);
  const [compares, setCompares] = useState(false);
  const voice = answer.isJson ? styles.exact : styles.said;
  return (
    <section aria-label="The answer">
      <p className={styles.tools}>
        {edit !== null && !isEditing && (
          <WordButton aria-pressed={!marked} onClick={() => setMarked(!marked)}>
            {marked ? 'Show without marks' : 'Show with marks'}
          </WordButton>
        )}
        {edit !== null && isOver && <WordButton onClick={() => copyText(edit, 'your edit')}>Copy your edit</WordButton>}
        {edit !== null && <WordButton onClick={onTakeBack}>Take back</WordButton>}
        {before && edit === null && !isEditing && (
          <WordButton aria-pressed={compares} onClick={() => setCompares(!compares)}>
            {compares ? 'Show it alone' : `Compare with the ${ordinal(before.attemptNumber)} answer`}
          </WordButton>
        )}
        <span className={styles.figures}>
          {ordinal(log.attemptNumber)} answer, <Words text={edit ?? answer.text} />
        </span>
      </p>
      {isEditing && (
        <Text
          label={
            isOver
              ? 'It was decided meanwhile: your edit goes nowhere, and stays here to be copied'
              : 'Your edit takes the place of the answer when you pass it'
          }
          className={classes(styles.edit, voice)}
          data-field="edit"
          dir="auto"
          spellCheck={!answer.isJson}
          fault={fault}
          value={inField(edit ?? answer.text)}
          onChange={(event) => onEdit(event.target.value)}
        />
      )}
      {!isEditing && fault && (
        <p className={styles.fault} role="alert">
          {fault}
        </p>
      )}
      {edit !== null && (isEditing || marked) ? (
        <Marks before={answer.text} after={edit} isJson={answer.isJson} />
      ) : (
        !isEditing &&
        (compares && before ? (
          <Compared id={before.id} after={answer.text} isJson={answer.isJson} />
        ) : (
          <div className={voice} dir="auto">
            {answer.isJson ? <Json text={edit ?? answer.text} /> : (edit ?? answer.text)}
          </div>
        ))
      )}
    </section>
  );
}

/** What the edit changes. */
function Marks({ before, after, isJson }: { before: string; after: string; isJson: boolean }) {
  const settled = useUnhurried(after);
  return (
    <div className={styles.marks}>
      <Diff before={before} after={settled} exact={isJson} />
    </div>
  );
}

function Words({ text }: { text: string }) {
  const settled = useUnhurried(text);
  return useMemo(() => counted(countWords(settled), 'word'), [settled]);
}

/** What is told of a longer text is told while nobody writes. */
const LONG = 50_000;
const PAUSE = 400;

/** The text as fast as the machine can tell of it, and never in the way of who writes. */
function useUnhurried(text: string): string {
  const deferred = useDeferredValue(text);
  const rested = useSettled(text, PAUSE);
  return text.length > LONG ? rested : deferred;
}

function Compared({ id, after, isJson }: { id: string; after: string; isJson: boolean }) {
  const { data } = useQuery(LetterTextDocument, { variables: { id } });
  if (!data) return null;
  return <Diff before={readable(data.executionLog?.rawOutput ?? '').text} after={after} exact={isJson} />;
}
