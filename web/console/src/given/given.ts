import { fieldsOf } from '../definition/shape.ts';
import { jsonText } from '../ui/Json.tsx';

interface GivenInput {
  name: string;
  /** How its value begins, on one line. */
  text: string;
}

const FEW = 3;
const MOST = 160;

/** The first inputs of a run, each cut: enough to tell it from the others. */
export function firstGiven(inputs: unknown): GivenInput[] {
  const first = Object.entries(fieldsOf(inputs)).slice(0, FEW);
  return first.map(([name, value]) => ({ name, text: cut(value === null ? 'nothing' : jsonText(value)) }));
}

function cut(text: string): string {
  // What is beyond never shows, and may be long.
  const line = text
    .slice(0, 4 * MOST)
    .replace(/\s+/g, ' ')
    .trim();
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line;
}
