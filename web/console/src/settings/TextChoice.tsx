import { rememberMode, type TextMode, useTextMode } from '../editor/text/mode.ts';
import styles from './SettingsPage.module.css';

const MODES: readonly { mode: TextMode; title: string }[] = [
  { mode: 'said', title: 'As text' },
  { mode: 'exact', title: 'As code, with line numbers' },
];

/** How prompts stand in the editor; its own switch is the same. Kept in this browser. */
export function TextChoice() {
  const chosen = useTextMode();
  return (
    <fieldset className={styles.choices}>
      <legend>Prompts are edited</legend>
      {MODES.map(({ mode, title }) => (
        <label key={mode}>
          <input type="radio" name="texts" checked={mode === chosen} onChange={() => rememberMode(mode)} />
          {title}
        </label>
      ))}
    </fieldset>
  );
}
