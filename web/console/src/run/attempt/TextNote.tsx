import { useState } from 'react';
import { Button, WordButton } from '../../ui/Button.tsx';
import { classes } from '../../ui/classes.ts';
import { copyText, download } from '../../ui/copy.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { Json, jsonText } from '../../ui/Json.tsx';
import { Note } from '../../ui/Note.tsx';
import styles from '../Notes.module.css';
import { LongText, looksExact } from '../text/LongText.tsx';

interface Props {
  title: string;
  /** A text, or JSON that is shown as it is written. */
  value: unknown;
  /** What a saved file is called, without its ending. */
  file: string;
}

/** Its beginning is all that a margin shows of a text; so much is given to it. */
const BEGINNING = 800;

/** A text in the margin: its beginning, and all of it on request. Copies and files have all of it, letter for letter. */
export function TextNote({ title, value, file }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const text = jsonText(value);
  const exact = typeof value !== 'string' || looksExact(text);
  const copy = () => copyText(text, title.toLowerCase());
  const tools = (
    <>
      <WordButton aria-label={`Open ${title.toLowerCase()}`} onClick={() => setIsOpen(true)}>
        Open
      </WordButton>
      <WordButton aria-label={`Copy ${title.toLowerCase()}`} onClick={copy}>
        Copy
      </WordButton>
    </>
  );
  const actions = (
    <>
      <Button onClick={copy}>Copy</Button>
      <Button onClick={() => download(text, `${file}.${exact ? 'json' : 'txt'}`)}>Download</Button>
      <Button onClick={() => setIsOpen(false)}>Close</Button>
    </>
  );
  return (
    <Note title={title} tools={tools}>
      <p dir="auto" className={classes(styles.clip, exact ? 'exact' : 'said')}>
        {exact ? <Json text={text.slice(0, BEGINNING)} /> : text.slice(0, BEGINNING)}
      </p>
      {isOpen && (
        <Dialog title={title} wide onClose={() => setIsOpen(false)} actions={actions}>
          <LongText text={text} exact={exact} />
        </Dialog>
      )}
    </Note>
  );
}
