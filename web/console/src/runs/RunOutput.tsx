import { jsonText } from '../ui/Json.tsx';
import { Note } from '../ui/Note.tsx';
import { Said } from './Said.tsx';

/** What a completed run came to. */
export function RunOutput({ output }: { output: unknown }) {
  return (
    <Note title="What it came to">
      <Said text={textOf(output)} />
    </Note>
  );
}

/** An answer that is only a text stands as that text. */
function textOf(output: unknown): string {
  const isText = typeof output === 'object' && output !== null && Object.keys(output).join() === 'text';
  const text = isText ? (output as { text: unknown }).text : output;
  return jsonText(text);
}
