import {
  type EditorState,
  type Extension,
  Facet,
  type Range,
  StateEffect,
  StateField,
  type Text,
} from '@codemirror/state';
import { Decoration, type DecorationSet, Direction, EditorView, ViewPlugin, type ViewUpdate } from '@codemirror/view';
import type { Problem } from '../../draft/problems.ts';
import { type Grammar, placeholders } from '../template.ts';
import { FlawWidget } from './flaw.ts';

/** How the text is read. */
export const grammarFacet = Facet.define<Grammar, Grammar>({ combine: ([grammar = {}]) => grammar });

export const setProblems = StateEffect.define<readonly Problem[]>();

interface Marked {
  /** Where they are in the text as it is: it may have changed since it was checked. */
  problems: readonly { problem: Problem; from: number; to: number }[];
  placeholders: DecorationSet;
  all: DecorationSet;
}

const marks = StateField.define<Marked>({
  create: (state) => marked(state, []),
  update(value, transaction) {
    const found = transaction.effects.find((effect) => effect.is(setProblems));
    const grammar = transaction.startState.facet(grammarFacet) !== transaction.state.facet(grammarFacet);
    if (!found && !transaction.docChanged && !grammar) return value;
    const problems = found
      ? placed(found.value as readonly Problem[], transaction.state.doc)
      : value.problems.flatMap((one) => {
          const from = transaction.changes.mapPos(one.from, 1);
          const to = transaction.changes.mapPos(one.to, -1);
          return from < to ? [{ ...one, from, to }] : [];
        });
    return marked(transaction.state, problems);
  },
  provide: (field) => [
    EditorView.decorations.from(field, ({ all }) => all),
    EditorView.bidiIsolatedRanges.of((view) => view.state.field(field).placeholders),
  ],
});

function placed(problems: readonly Problem[], doc: Text): Marked['problems'] {
  return problems.flatMap((problem) => {
    const { from, to } = problem.span ?? { from: 0, to: 0 };
    return from < to && to <= doc.length ? [{ problem, from, to }] : [];
  });
}

function marked(state: EditorState, problems: Marked['problems']): Marked {
  const text = state.doc.toString();
  const found: Range<Decoration>[] = [];
  for (const { from, to, isEscaped } of placeholders(text, state.facet(grammarFacet))) {
    if (isEscaped) continue;
    const here = problems.filter((one) => one.from < to && one.to > from);
    found.push(placeholderMark(here.map(({ problem }) => problem)).range(from, to));
  }
  const flawed = problems
    .filter(({ from, to }) => !found.some((mark) => mark.from < to && mark.to > from))
    .map(({ problem, from, to }) => Decoration.mark({ class: severity(problem) }).range(from, to));
  const lines = problems.map(({ problem, from, to }) => {
    const widget = new FlawWidget(problem, text.slice(from, to));
    return Decoration.widget({ widget, block: true, side: 1 }).range(state.doc.lineAt(to).to);
  });
  const isolated = Decoration.set(found, true);
  return { problems, placeholders: isolated, all: Decoration.set([...found, ...flawed, ...lines], true) };
}

const severity = (problem: Problem) => (problem.severity === 'ERROR' ? 'flawed' : 'doubtful');

function placeholderMark(problems: readonly Problem[]): Decoration {
  const worst = problems.find((problem) => problem.severity === 'ERROR') ?? problems[0];
  return Decoration.mark({
    class: worst ? `ph ${severity(worst)}` : 'ph',
    attributes: { dir: 'ltr' },
    bidiIsolate: Direction.LTR,
  });
}

/** Each line has the direction of what is written in it. */
const directions = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = linesOf(view);
    }
    update({ docChanged, viewportChanged, view }: ViewUpdate) {
      if (docChanged || viewportChanged) this.decorations = linesOf(view);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

const auto = Decoration.line({ attributes: { dir: 'auto' } });

function linesOf({ visibleRanges, state: { doc } }: EditorView): DecorationSet {
  const lines = visibleRanges.flatMap(({ from, to }) => {
    const first = doc.lineAt(from).number;
    return Array.from({ length: doc.lineAt(to).number - first + 1 }, (_, index) => doc.line(first + index).from);
  });
  return Decoration.set([...new Set(lines)].map((from) => auto.range(from)));
}

export const markedText: Extension = [marks, directions, EditorView.perLineTextDirection.of(true)];
