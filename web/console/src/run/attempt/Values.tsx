import { useState } from 'react';
import { WordButton } from '../../ui/Button.tsx';
import { copyText } from '../../ui/copy.ts';
import { Dialog } from '../../ui/Dialog.tsx';
import { jsonText } from '../../ui/Json.tsx';
import { Note } from '../../ui/Note.tsx';
import styles from '../Notes.module.css';
import { LongText } from '../text/LongText.tsx';

export interface Value {
  name: string;
  value: unknown;
  /** Where it came from, in words; and what a press on them does. */
  source?: string;
  open?: (() => void) | undefined;
  missing?: boolean;
}

/** As many stand in the margin. */
const AT_FIRST = 6;
const BEGINNING = 200;

/** Variables with their values, each cut to one line, and where they came from; all of them in full on request. */
export function Values({ title, values, empty }: { title: string; values: readonly Value[]; empty: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const whole = values.length === 1 ? 'In full' : `All ${values.length}, in full`;
  const tools = values.length > 0 && <WordButton onClick={() => setIsOpen(true)}>{whole}</WordButton>;
  return (
    <Note title={title} tools={tools}>
      {values.length === 0 && <p className="soft">{empty}</p>}
      <dl className={styles.values}>
        {values.slice(0, AT_FIRST).map((value, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a name may come twice, and the list does not change.
          <ShortValue key={index} {...value} />
        ))}
      </dl>
      {isOpen && (
        <Dialog title={title} wide onClose={() => setIsOpen(false)}>
          <div className={styles.all}>
            {values.map((value, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a name may come twice, and the list does not change.
              <WholeValue key={index} {...value} />
            ))}
          </div>
        </Dialog>
      )}
    </Note>
  );
}

function ShortValue({ name, value, source, open, missing }: Value) {
  return (
    <>
      <dt>{name}</dt>
      <dd className={styles.source}>
        {open ? (
          <button type="button" onClick={open}>
            {source}
          </button>
        ) : (
          source
        )}
      </dd>
      <dd dir="auto" className={typeof value === 'string' ? styles.value : `${styles.value} exact`}>
        {missing ? <i className={styles.missing}>nothing was there</i> : short(value)}
      </dd>
    </>
  );
}

function WholeValue({ name, value, source }: Value) {
  const text = jsonText(value);
  return (
    <section>
      <h3>
        <span className="exact">{name}</span>
        <span>
          {source} <WordButton onClick={() => copyText(text, name)}>Copy</WordButton>
        </span>
      </h3>
      <LongText text={text} exact={typeof value !== 'string'} />
    </section>
  );
}

function short(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.slice(0, BEGINNING).replaceAll('\n', ' ');
}
