import { useQuery } from '@apollo/client/react';
import { useDeferredValue, useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Diff } from '../ui/Diff.tsx';
import { Text } from '../ui/Field.tsx';
import { Json } from '../ui/Json.tsx';
import { counted, ordinal } from '../ui/time.ts';
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
  /** Why the server would not have the edit. */
  fault: string | null;
  onEdit: (text: string) => void;
  onTakeBack: () => void;
  /** The answer that was refused before this one. */
  before: Earlier | null;
}

/** The answer: as the model wrote it, as the person edits it, and what the edit changes. */
export function Answer({ log, answer, edit, isEditing, fault, onEdit, onTakeBack, before }: Props) {
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
        {edit !== null && <WordButton onClick={onTakeBack}>Take back</WordButton>}
        {before && edit === null && !isEditing && (
          <WordButton aria-pressed={compares} onClick={() => setCompares(!compares)}>
            {compares ? 'Show it alone' : `Compare with the ${ordinal(before.attemptNumber)} answer`}
          </WordButton>
        )}
        <span className={styles.figures}>
          {ordinal(log.attemptNumber)} answer, {counted(wordsOf(edit ?? answer.text), 'word')}
        </span>
      </p>
      {isEditing && (
        <Text
          label="Your edit takes the place of the answer when you pass it"
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

/** What the edit changes, as fast as the machine can say, and never in the way of who writes. */
function Marks({ before, after, isJson }: { before: string; after: string; isJson: boolean }) {
  const settled = useDeferredValue(after);
  return (
    <div className={styles.marks}>
      <Diff before={before} after={settled} exact={isJson} />
    </div>
  );
}

function Compared({ id, after, isJson }: { id: string; after: string; isJson: boolean }) {
  const { data } = useQuery(LetterTextDocument, { variables: { id } });
  if (!data) return null;
  return <Diff before={readable(data.executionLog?.rawOutput ?? '').text} after={after} exact={isJson} />;
}

const wordsOf = (text: string) => text.split(/\s+/u).filter(Boolean).length;
