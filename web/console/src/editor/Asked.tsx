import { Note } from '../ui/Note.tsx';

/** The inputs that a run of the draft asks for. */
export function Asked({ inputs }: { inputs: readonly string[] }) {
  return (
    <Note title="What a run asks for">
      {inputs.length === 0 ? (
        <p className="soft">Nothing: no stage uses an input.</p>
      ) : (
        <ul>
          {inputs.map((name) => (
            <li key={name} className="exact">
              {name}
            </li>
          ))}
        </ul>
      )}
    </Note>
  );
}
