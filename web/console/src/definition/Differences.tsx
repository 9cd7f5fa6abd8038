import { useMemo } from 'react';
import { isExactNumber } from '../exact/exact.ts';
import { Diff } from '../ui/Diff.tsx';
import styles from './Differences.module.css';
import { type Difference, saidBy } from './differences.ts';
import { fieldText, fieldWord, isProse } from './words.ts';

/** What differs, stage by stage: the field in words, and its text as an editor marks it; all of a stage that came or went. */
export function Differences({ list }: { list: readonly Difference[] }) {
  const groups = useMemo(() => byStage(list), [list]);
  return groups.map(({ key, stage, found }) => (
    <section key={key} className={styles.stage}>
      <h4>{stage ? <StageName {...stage} /> : 'The workflow as a whole'}</h4>
      {found.map((difference) => (
        <Entry key={difference.field} {...difference} />
      ))}
    </section>
  ));
}

function StageName({ stageOrder, name }: NonNullable<Difference['stage']>) {
  return (
    <>
      <span className={styles.no}>{stageOrder}</span> <bdi>{name ?? `Stage ${stageOrder}`}</bdi>
    </>
  );
}

function Entry({ field, before, after }: Difference) {
  if (field !== 'stage') return <FieldEntry field={field} before={before} after={after} />;
  const isNew = before === null;
  return (
    <>
      <p className={styles.whole}>{isNew ? 'Put in' : 'Taken out'}</p>
      {saidBy(isNew ? after : before).map(({ field: said, value }) => (
        <FieldEntry key={said} field={said} before={isNew ? null : value} after={isNew ? value : null} />
      ))}
    </>
  );
}

function FieldEntry({ field, before, after }: Omit<Difference, 'stage'>) {
  return (
    <div className={styles.field}>
      <h5>{fieldWord(field)}</h5>
      {isSingle(before) && isSingle(after) ? (
        <p className="exact">{singleInWords(before, after)}</p>
      ) : (
        <Diff before={fieldText(before, field)} after={fieldText(after, field)} exact={!isProse(field)} />
      )}
    </div>
  );
}

/** A number is no text in which words come and go. */
const isSingle = (value: unknown) =>
  value == null || typeof value === 'number' || typeof value === 'boolean' || isExactNumber(value);

function singleInWords(before: unknown, after: unknown): string {
  if (before == null) return fieldText(after);
  return `${fieldText(before)}, now ${fieldText(after) || 'nothing'}`;
}

interface Group {
  key: string;
  stage: Difference['stage'];
  found: Difference[];
}

function byStage(list: readonly Difference[]): Group[] {
  const groups: Group[] = [];
  for (const difference of list) {
    const { stage, field } = difference;
    const last = groups.at(-1);
    const belongs = last?.stage?.stageOrder === stage?.stageOrder && last?.stage?.name === stage?.name;
    if (last && belongs && field !== 'stage') last.found.push(difference);
    else groups.push({ key: `${groups.length}`, stage, found: [difference] });
  }
  return groups;
}
