// How templates are read: `{{name}}` and `{{stage_1.output.title}}`, and nothing cleverer. The server reads them so, too
// (`domain/template`); what is not exactly a placeholder is text.

export interface Placeholder {
  /** With its braces, in UTF-16 units. */
  from: number;
  to: number;
  /** What stands between them, without blanks: `topic`, `stage_1.output.title`. */
  name: string;
  nameFrom: number;
  /** It has dots, and its first word leads somewhere. */
  isPath: boolean;
  /** A backslash stands before it: it is a text. */
  isEscaped: boolean;
}

/** Which first words lead somewhere, beside `inputs` and `stage_N`. */
export interface Grammar {
  keys?: ReadonlySet<string>;
  /** The stage runs for each item: `item` leads somewhere. */
  hasItem?: boolean;
}

const LETTER = String.raw`[_\p{Alphabetic}]`;
// The joiners stand inside words of Persian and of India's languages.
const MORE = String.raw`[_\p{Alphabetic}\p{N}\p{M}\u200c\u200d]`;
const NAME = `${LETTER}${MORE}*`;
const BLANK = String.raw`\p{White_Space}`;
const PLACEHOLDER = new RegExp(`\\{\\{(${BLANK}*)(${NAME})((?:\\.(?:[0-9]+|${NAME}))*)${BLANK}*\\}\\}`, 'uy');
const WHOLE_NAME = new RegExp(`^${NAME}$`, 'u');

/** Could it stand between braces, or be a stage's key? */
export const isName = (text: string): boolean => WHOLE_NAME.test(text);

/** All that looks like a placeholder, in its order. */
export function placeholders(text: string, grammar: Grammar = {}): Placeholder[] {
  const found: Placeholder[] = [];
  let done = 0;
  let from = text.indexOf('{{');
  while (from >= 0) {
    const placeholder = placeholderAt(text, from, done, grammar);
    if (placeholder) {
      found.push(placeholder);
      done = placeholder.to;
    }
    // Only one brace is given up: in `{{{name}}}` the placeholder begins at the second.
    from = text.indexOf('{{', placeholder ? done : from + 1);
  }
  return found;
}

function placeholderAt(text: string, from: number, done: number, { keys, hasItem }: Grammar): Placeholder | null {
  PLACEHOLDER.lastIndex = from;
  const match = PLACEHOLDER.exec(text);
  if (!match) return null;
  const [whole, blanks = '', root = '', rest = ''] = match;
  const leads = root === 'inputs' || root.startsWith('stage_') || keys?.has(root) || (hasItem && root === 'item');
  if (rest && !leads) return null;
  let slashes = 0;
  while (from - slashes > done && text[from - slashes - 1] === '\\') slashes += 1;
  return {
    from,
    to: from + whole.length,
    name: root + rest,
    nameFrom: from + 2 + blanks.length,
    isPath: rest !== '',
    isEscaped: slashes % 2 === 1,
  };
}

const OPENED = new RegExp(`\\{\\{${BLANK}*${NAME}(?:\\.[^\\s{}]*)?`, 'gu');

/** What begins as a placeholder and is not closed in its line, `{{topic`, and where. */
export function unclosed(text: string): { opened: string; from: number; to: number }[] {
  return [...text.matchAll(OPENED)].flatMap(({ 0: opened, index }) => {
    const [rest = ''] = text.slice(index + opened.length).split(/\n|\{\{/u, 1);
    const slashes = /\\*$/u.exec(text.slice(0, index))?.[0].length ?? 0;
    return slashes % 2 === 1 || rest.includes('}}') ? [] : [{ opened, from: index, to: index + opened.length }];
  });
}

/** The text with each placeholder's value in its place, and where the values stand; null where one has none. */
export function rendered(
  template: string,
  grammar: Grammar,
  value: (name: string) => string | null,
): { text: string; values: { from: number; to: number; name: string }[] } | null {
  let text = '';
  let done = 0;
  const values = [];
  for (const { from, to, name, isEscaped } of placeholders(template, grammar)) {
    let slashes = 0;
    while (from - slashes > done && template[from - slashes - 1] === '\\') slashes += 1;
    // Two backslashes are one; the odd one makes a text of what follows.
    text += template.slice(done, from - Math.ceil(slashes / 2));
    done = from;
    if (isEscaped) continue;
    const own = value(name);
    if (own === null) return null;
    values.push({ from: text.length, to: text.length + own.length, name });
    text += own;
    done = to;
  }
  return { text: text + template.slice(done), values };
}
