import { WordButton } from '../../ui/Button.tsx';
import { Choice } from '../../ui/Field.tsx';
import { faultOf } from './faults.ts';
import styles from './Form.module.css';
import { asSpeaker, readTurns, type Turn, writeTurns } from './messages.ts';
import { Part } from './Part.tsx';
import { PathField } from './PathField.tsx';
import { problemsLeft } from './places.ts';
import { type Row, type Rows, useRows } from './rows.ts';
import { useStageForm } from './stageForm.ts';
import { Template } from './Template.tsx';

const FIELD = 'messages';
const read = (value: unknown) => readTurns(value) ?? [];

/** The turns between system message and prompt. */
export function Messages() {
  const { stage, problems, set } = useStageForm();
  const value = stage.fields.messages;
  const onChange = (changed: unknown, typing?: string) => set(FIELD, changed, typing);
  const turns = useRows<Turn>({ value, read, write: writeTurns, onChange });
  const shown = turns.rows.map((_, index) => `${FIELD}[${index}].content`);
  const faulty = turns.rows.map((_, index) => `${FIELD}[${index}].from`);
  return (
    <Part
      title="Turns before the prompt"
      aside={value === null ? 'none' : undefined}
      field={FIELD}
      json={{ value, onChange, readable: readTurns(value) !== null }}
      problems={problemsLeft(problems, FIELD, { shown, faulty })}
    >
      {turns.rows.length > 0 && (
        <ol>
          {turns.rows.map((row, index) => (
            <TurnRow key={row.id} row={row} index={index} turns={turns} />
          ))}
        </ol>
      )}
      <p className={styles.after}>
        <WordButton onClick={() => turns.add(next(turns.rows))}>Add a turn</WordButton>
      </p>
    </Part>
  );
}

/** Who speaks after the others. */
function next(rows: readonly Row<Turn>[]): Turn {
  const last = rows.at(-1)?.value;
  const role = last && 'role' in last && last.role === 'user' ? 'assistant' : 'user';
  return { role, content: '' };
}

function TurnRow({ row: { id, value: turn }, index, turns }: { row: Row<Turn>; index: number; turns: Rows<Turn> }) {
  const { problems, pathsId } = useStageForm();
  const speaker = 'from' in turn ? 'from' : turn.role;
  const number = index + 1;
  return (
    <li className={styles.turn} data-field={`${FIELD}[${index}]`}>
      <div className={styles.turnHead}>
        <Choice
          label={`Who speaks in turn ${number}`}
          hiddenLabel
          className={styles.speaker}
          value={speaker}
          onChange={({ target }) => turns.set(id, asSpeaker(turn, target.value as typeof speaker))}
        >
          <option value="user">the user</option>
          <option value="assistant">the model</option>
          <option value="from">turns from a path</option>
        </Choice>
        <span className={styles.tools}>
          {index > 0 && (
            <WordButton aria-label={`Move turn ${number} up`} onClick={() => turns.move(id, -1)}>
              up
            </WordButton>
          )}
          {index < turns.rows.length - 1 && (
            <WordButton aria-label={`Move turn ${number} down`} onClick={() => turns.move(id, 1)}>
              down
            </WordButton>
          )}
          <WordButton aria-label={`Remove turn ${number}`} onClick={() => turns.remove(id)}>
            Remove
          </WordButton>
        </span>
      </div>
      {'from' in turn ? (
        <PathField
          label={`Path of turn ${number}`}
          hiddenLabel
          value={turn.from}
          pathsId={pathsId}
          fault={faultOf(problems, `${FIELD}[${index}].from`)}
          onChange={(from) => turns.set(id, { from }, 'from')}
        />
      ) : (
        <Template
          label={`Turn ${number}`}
          field={`${FIELD}[${index}].content`}
          value={turn.content}
          onChange={(content) => turns.set(id, { ...turn, content: content ?? '' }, 'content')}
        />
      )}
    </li>
  );
}
