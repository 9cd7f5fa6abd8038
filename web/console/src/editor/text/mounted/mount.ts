// CodeMirror in a shadow root, where its styles are constructed sheets: in a document they would be a <style>, which the
// page's policy refuses. This file and what it imports are loaded where texts are edited, and nowhere else.

import { completionKeymap } from '@codemirror/autocomplete';
import { standardKeymap } from '@codemirror/commands';
import { Annotation, Compartment, EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers, placeholder } from '@codemirror/view';
import type { Problem } from '../../draft/problems.ts';
import type { Completion } from '../completions.ts';
import type { Grammar } from '../template.ts';
import { completing, completionsFacet } from './complete.ts';
import { grammarFacet, markedText, setProblems } from './marks.ts';
import { emptyWords } from '../words.ts';
import { themeOf } from './theme.ts';

export interface TextState {
  label: string;
  value: string;
  mode: 'said' | 'exact';
  grammar: Grammar;
  completions: readonly Completion[];
  problems: readonly Problem[];
}

export interface Mounted {
  /** Shows what has changed. */
  show(next: TextState): void;
  focus(at: { anchor: number; head: number }): void;
  /** Puts a text in at the caret, and leaves the caret behind it; as a paragraph at the end where nobody has been yet. */
  insert(text: string): void;
  destroy(): void;
}

/** What came from outside is not told as a change. */
const fromOutside = Annotation.define<boolean>();

export function mount(
  host: HTMLElement,
  first: TextState,
  { onChange, onLeave }: { onChange: (value: string) => void; onLeave: () => void },
): Mounted {
  const root = host.shadowRoot ?? host.attachShadow({ mode: 'open', delegatesFocus: true });
  const settings = new Compartment();
  let shown = first;
  let wasVisited = false;
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: first.value,
      extensions: [
        settings.of(settingsOf(first)),
        markedText,
        completing,
        EditorView.lineWrapping,
        // Nothing of a text is changed unseen, the ends of its lines included; what is pasted has plain ones.
        EditorState.lineSeparator.of('\n'),
        EditorView.clipboardInputFilter.of((text) => text.replace(/\r\n?/g, '\n')),
        keymap.of([...completionKeymap, ...standardKeymap]),
        EditorView.domEventHandlers({
          focus: () => {
            wasVisited = true;
          },
          blur: onLeave,
        }),
        EditorView.updateListener.of(({ docChanged, state, transactions }) => {
          if (docChanged && !transactions.some((one) => one.annotation(fromOutside))) onChange(state.doc.toString());
        }),
      ],
    }),
  });
  view.dispatch({ effects: setProblems.of(first.problems) });
  // Whoever focuses the host means the text in it, not what scrolls around that.
  view.scrollDOM.addEventListener('focus', () => view.focus());

  return {
    show(next) {
      const effects = [];
      if (differs(shown, next)) effects.push(settings.reconfigure(settingsOf(next)));
      const changes = changeTo(view.state.doc.toString(), next.value);
      const isChecked = next.problems !== shown.problems;
      shown = next;
      if (changes || effects.length > 0) {
        view.dispatch({ effects, ...(changes ? { changes } : {}), annotations: fromOutside.of(true) });
      }
      if (isChecked) view.dispatch({ effects: setProblems.of(next.problems) });
    },
    focus(selection) {
      view.dispatch({ selection });
      view.focus();
    },
    insert(text) {
      const { length } = view.state.doc;
      if (!wasVisited) view.dispatch({ selection: { anchor: length } });
      const isAfter = !wasVisited && length > 0;
      view.dispatch(view.state.replaceSelection(isAfter ? `\n\n${text}` : text), { scrollIntoView: true });
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

const differs = (one: TextState, other: TextState) =>
  one.label !== other.label ||
  one.mode !== other.mode ||
  one.grammar !== other.grammar ||
  one.completions !== other.completions;

const settingsOf = ({ label, mode, grammar, completions }: TextState): Extension => [
  themeOf(mode),
  mode === 'exact' ? lineNumbers() : [],
  EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: mode === 'said' ? 'true' : 'false' }),
  placeholder(emptyWords(completions)),
  grammarFacet.of(grammar),
  completionsFacet.of(completions),
];

/** The one stretch in which two texts differ, so that the caret stays where it was. */
function changeTo(text: string, next: string): { from: number; to: number; insert: string } | null {
  if (text === next) return null;
  let from = 0;
  while (from < text.length && from < next.length && text[from] === next[from]) from += 1;
  let end = 0;
  const most = Math.min(text.length, next.length) - from;
  while (end < most && text[text.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  return { from, to: text.length - end, insert: next.slice(from, next.length - end) };
}
