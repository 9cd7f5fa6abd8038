import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

// In constructed style sheets of the shadow root, which the page's policy allows; the tokens come through.
const common = EditorView.theme({
  '&': { color: 'inherit', background: 'none' },
  '&.cm-focused': { outline: '2px solid var(--amber)', outlineOffset: '8px', borderRadius: '2px' },
  '.cm-scroller': { fontFamily: 'inherit', lineHeight: 'inherit', overflow: 'visible' },
  '.cm-content': { padding: '0', caretColor: 'var(--amber)', overflowWrap: 'anywhere', minHeight: '1.62em' },
  '.cm-line': { padding: '0' },
  '.cm-placeholder': { color: 'var(--ink-3)' },
  '.cm-line[dir=auto]:dir(rtl)': { fontSizeAdjust: 'none', lineHeight: '1.75' },
  '.cm-content ::selection': { background: 'var(--rule-2)' },
  '.ph': {
    font: '500 0.86em/1 var(--exact)',
    fontSizeAdjust: 'none',
    color: 'var(--cue)',
    background: 'var(--cue-tint)',
    padding: '2px 3px',
    borderRadius: '2px',
    boxDecorationBreak: 'clone',
    WebkitBoxDecorationBreak: 'clone',
  },
  '.flawed': {
    textDecoration: 'underline wavy 1.5px var(--stop)',
    textUnderlineOffset: '4px',
  },
  '.doubtful': { textDecoration: 'underline dotted 1.5px var(--ink-3)', textUnderlineOffset: '4px' },
  '.ph.flawed': { color: 'var(--stop)', background: 'var(--stop-tint)' },
  '.flaw': {
    display: 'grid',
    gridTemplateColumns: '14px minmax(0, 1fr) auto',
    gap: 'var(--s-2)',
    alignItems: 'baseline',
    padding: '2px 0 10px',
    font: '400 var(--t-2)/1.43 var(--told)',
    fontSizeAdjust: 'none',
    color: 'var(--ink)',
    whiteSpace: 'normal',
  },
  '.flaw svg': {
    width: '14px',
    height: '14px',
    alignSelf: 'center',
    fill: 'none',
    stroke: 'currentColor',
    strokeWidth: '1.5',
    strokeLinecap: 'round',
    color: 'var(--ink-3)',
  },
  '.flaw.wrong svg': { color: 'var(--stop)' },
  '.flaw button': {
    minHeight: '24px',
    padding: '0',
    border: '0',
    background: 'none',
    font: 'inherit',
    color: 'var(--cue)',
    textDecoration: 'underline',
    textUnderlineOffset: '3px',
    cursor: 'pointer',
  },
  '.flaw button:focus-visible': { outline: '2px solid var(--amber)', outlineOffset: '2px' },
  '.away': {
    position: 'absolute',
    width: '1px',
    height: '1px',
    overflow: 'hidden',
    clipPath: 'inset(50%)',
    whiteSpace: 'nowrap',
  },
  '.cm-gutters': { background: 'none', border: '0', color: 'var(--ink-3)', paddingInlineEnd: 'var(--s-3)' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0', minWidth: '2ch' },
  '.cm-tooltip': {
    background: 'var(--ground)',
    border: '1px solid var(--field)',
    borderRadius: 'var(--r-1)',
    color: 'var(--ink)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    maxHeight: '15em',
    font: '400 var(--t-2)/1.43 var(--exact)',
    fontSizeAdjust: 'none',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    justifyContent: 'space-between',
    gap: 'var(--s-4)',
    padding: '4px var(--s-2)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]': {
    background: 'var(--tint)',
    color: 'var(--ink)',
    boxShadow: 'inset 0 -2px 0 var(--ink)',
  },
  '.cm-completionDetail': { margin: '0', font: 'normal 400 var(--t-2)/1.43 var(--told)', color: 'var(--ink-2)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '600' },
});

const said = EditorView.theme({
  '&': { font: '400 var(--t-4)/1.62 var(--said)', fontSizeAdjust: '0.475' },
});

const exact = EditorView.theme({
  '&': { font: '400 var(--t-2)/1.7 var(--exact)' },
  '.ph': { fontSize: '1em' },
});

export const themeOf = (mode: 'said' | 'exact'): Extension => [mode === 'said' ? said : exact, common];
