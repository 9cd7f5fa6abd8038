import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { WordButton } from '../ui/Button.tsx';
import { Json, jsonText } from '../ui/Json.tsx';
import { Note } from '../ui/Note.tsx';
import styles from './Context.module.css';
import type { OpenLetter } from './LetterPage.tsx';
import { sourceInWords } from './source.ts';

const FEW = 3;
const BEGINNING = 200;

/** The values that the prompt was made with, and where each came from. */
export function Variables({ variables, runId }: { variables: OpenLetter['variables']; runId: string }) {
  const [all, setAll] = useState(false);
  if (variables.length === 0) return null;
  const shown = all ? variables : variables.slice(0, FEW);
  return (
    <Note
      title="It was given"
      tools={
        <WordButton aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? 'Less' : `All ${variables.length}, in full`}
        </WordButton>
      }
    >
      <dl className={styles.given}>
        {shown.map(({ name, path, value, found, producedBy }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a name may be there several times, and they do not move.
          <div key={index}>
            <dt>{name}</dt>
            <dd className={styles.source}>
              {producedBy ? (
                <Link to="/runs/$runId" params={{ runId: producedBy.executionId }} search={{ log: producedBy.id }}>
                  {sourceInWords(path)}
                </Link>
              ) : (
                <Link to="/runs/$runId" params={{ runId }}>
                  {found ? sourceInWords(path) : 'its default'}
                </Link>
              )}
            </dd>
            <dd className={all ? styles.whole : styles.value} dir="auto">
              {value === null ? 'nothing' : all ? <Whole value={value} /> : jsonText(value).slice(0, BEGINNING)}
            </dd>
          </div>
        ))}
      </dl>
    </Note>
  );
}

const Whole = ({ value }: { value: unknown }) => (typeof value === 'string' ? value : <Json text={jsonText(value)} />);
