import {
  acceptCompletion,
  autocompletion,
  closeCompletion,
  type Completion as Option,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { Facet, Prec } from '@codemirror/state';
import { type EditorView, keymap } from '@codemirror/view';
import { type Completion, NEW_INPUT } from '../completions.ts';

export const completionsFacet = Facet.define<readonly Completion[], readonly Completion[]>({
  combine: ([all = []]) => all,
});

/** `{{` and what was written after it. */
const OPENED = /\{\{\s*[^{}\s]*$/u;

function options(context: CompletionContext): CompletionResult | null {
  const { state } = context;
  const opened = context.matchBefore(OPENED);
  if (!opened) return null;
  const before = state.sliceDoc(Math.max(0, opened.from - 100), opened.from);
  // A backslash makes a text of it.
  if ((before.length - before.replace(/\\+$/u, '').length) % 2 === 1) return null;
  const from = opened.from + (/^\{\{\s*/u.exec(opened.text)?.[0].length ?? 2);
  const all = state.facet(completionsFacet);
  const rest = /^([^{}\s]*)\s*\}\}/u.exec(state.sliceDoc(context.pos, context.pos + 200));
  if (!rest) return { from, options: all.map(option), validFor: /^[^{}\s]*$/u };
  // Within its braces a new name is one already, and no proposal of itself.
  const typed = state.sliceDoc(from, context.pos);
  const others = all.filter(({ name, from }) => name !== typed + rest[1] || from !== NEW_INPUT);
  return { from, options: others.map(option), validFor: (word) => word === typed };
}

const option = ({ name, from }: Completion, index: number): Option => ({
  label: name,
  detail: from,
  sortText: String(index).padStart(5, '0'),
  apply: insert(name),
});

/** The name with the braces that close it, unless they are there. */
const insert = (name: string) => (view: EditorView, _: Option, from: number, to: number) => {
  const after = view.state.sliceDoc(to, to + 20);
  const closing = /^\s*\}\}/u.exec(after)?.[0];
  view.dispatch({
    changes: { from, to, insert: closing === undefined ? `${name}}}` : name },
    selection: { anchor: from + name.length + (closing?.length ?? 2) },
    userEvent: 'input.complete',
  });
};

/** Whoever has closed the braces by hand means a line by Enter, also where the list has not gone yet. */
function endLine(view: EditorView): boolean {
  const { state } = view;
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  if (!OPENED.test(state.sliceDoc(line.from, head))) closeCompletion(view);
  return false;
}

export const completing = [
  Prec.highest(
    keymap.of([
      { key: 'Enter', run: endLine },
      { key: 'Tab', run: acceptCompletion },
    ]),
  ),
  autocompletion({ override: [options], icons: false, activateOnTypingDelay: 0 }),
];
