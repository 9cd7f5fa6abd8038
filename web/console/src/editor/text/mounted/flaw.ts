import { type EditorView, WidgetType } from '@codemirror/view';
import type { Problem } from '../../draft/problems.ts';
import { inPlace } from '../../form/places.ts';

const WAVE = 'M1.5 10c1.6-4 3.2-4 4.4-1.5s2.8 2.5 4.2-.5 2.8-2.5 4.4.5';
const WORDS = { ERROR: 'Wrong: ', WARNING: 'Doubtful: ', HINT: 'A hint: ' } as const;

/** What is wrong with the line above, and its mend where the server knows one. */
export class FlawWidget extends WidgetType {
  readonly problem: Problem;
  readonly text: string;

  constructor(problem: Problem, text: string) {
    super();
    this.problem = problem;
    this.text = text;
  }

  override eq({ problem, text }: FlawWidget): boolean {
    return problem.message === this.problem.message && problem.severity === this.problem.severity && text === this.text;
  }

  override toDOM(view: EditorView): HTMLElement {
    const { problem, text } = this;
    const line = document.createElement('div');
    line.className = problem.severity === 'ERROR' ? 'flaw wrong' : 'flaw';
    line.append(wave(), reason(problem));
    const mend = mendOf(problem.message, text);
    if (mend) line.append(button(`Use ${mend.name}`, () => replace(view, line, text, mend.text)));
    return line;
  }

  override ignoreEvent(): boolean {
    return true;
  }
}

/** What to write in the place of the text that is wrong. */
function mendOf(message: string, text: string): { name: string; text: string } | null {
  const name = /did you mean ([^\s?]+)\?/u.exec(message)?.[1];
  const said = /^(\{\{\s*)([^\s{}]+)(\s*\}\})$/u.exec(text);
  if (!name || !said) return null;
  const [, open = '', wrong = '', close = ''] = said;
  // A key that is meant for another: what comes after it stays.
  const rest = wrong.includes('.') && !name.includes('.') ? wrong.slice(wrong.indexOf('.')) : '';
  return { name: name + rest, text: open + name + rest + close };
}

/** It may have moved since; the line knows where it stands. */
function replace(view: EditorView, line: HTMLElement, wrong: string, right: string): void {
  const { from, to } = view.state.doc.lineAt(view.posAtDOM(line));
  const at = view.state.sliceDoc(from, to).indexOf(wrong);
  if (at < 0) return;
  view.dispatch({ changes: { from: from + at, to: from + at + wrong.length, insert: right }, userEvent: 'input.mend' });
  view.focus();
}

function reason(problem: Problem): HTMLElement {
  const told = document.createElement('span');
  const severity = document.createElement('span');
  severity.className = 'away';
  severity.textContent = WORDS[problem.severity];
  told.append(severity, inPlace(problem));
  return told;
}

function button(title: string, run: () => void): HTMLElement {
  const element = document.createElement('button');
  element.type = 'button';
  element.textContent = title;
  element.onclick = run;
  return element;
}

function wave(): SVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  path.setAttribute('d', WAVE);
  svg.append(path);
  return svg;
}
