import { useMemo } from 'react';
import { diffText, NOT_COMPARED, type TextDiff } from '../ui/Diff.tsx';
import { counted } from '../ui/time.ts';
import { asText } from './asText.ts';
import styles from './SideBySide.module.css';

/** Two texts in two columns: what stands in one of them alone is marked there. */
export function SideBySide({ left, right }: { left: string; right: string }) {
  const [one, other] = useMemo(() => [asText(left), asText(right)], [left, right]);
  const diff = useMemo(() => diffText(one.text, other.text), [one, other]);
  return (
    <>
      <p className={styles.count}>{inWords(diff, left, right)}</p>
      <div className={styles.sides}>
        <Column diff={diff} only="out" isExact={one.isJson} />
        <Column diff={diff} only="in" isExact={other.isJson} />
      </div>
    </>
  );
}

function Column({ diff, only, isExact }: { diff: TextDiff; only: 'in' | 'out'; isExact: boolean }) {
  const parts = diff.parts.filter(({ kind }) => kind === 'same' || kind === only);
  return (
    <div className={isExact ? styles.exact : styles.said} dir="auto">
      {parts.map(({ text, kind }, index) => {
        const key = `${index}${kind}`;
        return kind === 'same' || !diff.isCompared ? <span key={key}>{text}</span> : <mark key={key}>{text}</mark>;
      })}
    </div>
  );
}

function inWords({ wordsIn, wordsOut, isCompared }: TextDiff, left: string, right: string): string {
  if (left === '' || right === '')
    return left === right ? 'Neither has answered.' : `Only the ${left === '' ? 'right' : 'left'} one has answered.`;
  if (!isCompared) return NOT_COMPARED;
  if (wordsIn === 0 && wordsOut === 0) return left === right ? 'No word differs' : 'Only blanks differ';
  const told = [
    wordsOut > 0 && `${counted(wordsOut, 'word')} only on the left`,
    wordsIn > 0 && `${counted(wordsIn, 'word')} only on the right`,
  ];
  return told.filter(Boolean).join(', ');
}
