import { WordButton } from '../../ui/Button.tsx';
import { rememberMode, useTextMode } from './mode.ts';

/** Shows all texts as code, or as they are read. It is remembered. */
export function ModeSwitch() {
  const mode = useTextMode();
  return (
    <WordButton aria-pressed={mode === 'exact'} onClick={() => rememberMode(mode === 'exact' ? 'said' : 'exact')}>
      as code
    </WordButton>
  );
}
