import { WordButton } from '../../ui/Button.tsx';
import { Shape } from '../../ui/Mark.tsx';
import { counted } from '../../ui/time.ts';
import { type Draft, type Edit, type Unfinished, unfinishedOf } from './draft.ts';
import styles from './SaveDialog.module.css';
import { isRefusal, type Problem, shortly } from './problems.ts';
import type { OpenPlace } from './SaveBar.tsx';

/** What keeps a draft from being saved, and what will keep its runs from going through, each with the way there. */
export function Hindrances({
  draft,
  errors,
  edit,
  onGo,
}: {
  draft: Draft;
  errors: readonly Problem[];
  edit: (edit: Edit) => void;
  onGo: OpenPlace;
}) {
  const unfinished = unfinishedOf(draft);
  return (
    <>
      {unfinished.length > 0 && (
        <Told what="This cannot be taken over yet, and keeps the draft from being saved.">
          {unfinished.map((one) => (
            <li key={`${one.local} ${one.label}`}>
              <span>{halfInWords(one, draft)}</span>
              <WordButton onClick={() => onGo(one.local, one.field)}>Go there</WordButton>
              <WordButton onClick={() => edit({ kind: 'finished', local: one.local, label: one.label })}>
                Let it go
              </WordButton>
            </li>
          ))}
        </Told>
      )}
      <Found problems={errors.filter(isRefusal)} keeps="the draft from being saved" draft={draft} onGo={onGo} />
      <Found
        problems={errors.filter((problem) => !isRefusal(problem))}
        keeps="a run from going through"
        draft={draft}
        onGo={onGo}
      />
    </>
  );
}

function Found({
  problems,
  keeps,
  draft,
  onGo,
}: {
  problems: readonly Problem[];
  keeps: string;
  draft: Draft;
  onGo: OpenPlace;
}) {
  if (problems.length === 0) return null;
  return (
    <Told what={`${counted(problems.length, 'problem')} ${problems.length === 1 ? 'keeps' : 'keep'} ${keeps}.`}>
      {problems.map((problem) => (
        <li key={`${problem.code} ${problem.local} ${problem.field} ${problem.message}`}>
          <span>{shortly(problem, draft)}</span>
          <WordButton onClick={() => onGo(problem.local, problem.field)}>Go there</WordButton>
        </li>
      ))}
    </Told>
  );
}

function Told({ what, children }: { what: string; children: React.ReactNode }) {
  return (
    <div className={styles.told}>
      <p className={styles.what}>
        <Shape name="problem" />
        {what}
      </p>
      <ul>{children}</ul>
    </div>
  );
}

/** "Stage 2, The JSON Schema of title: Expected ',' or '}'". */
export function halfInWords({ local, label, why }: Unfinished, { stages }: Draft): string {
  const stage = stages.find((one) => one.local === local);
  const where = [stage && `Stage ${stage.order}`, label].filter(Boolean).join(', ');
  return `${where}: ${why}`;
}
