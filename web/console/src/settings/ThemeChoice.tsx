import { useState } from 'react';
import { chooseTheme, storedTheme, type Theme } from '../app/theme.ts';
import styles from './SettingsPage.module.css';

const THEMES: readonly { theme: Theme; title: string }[] = [
  { theme: 'system', title: 'As the system is' },
  { theme: 'light', title: 'Light' },
  { theme: 'dark', title: 'Dark' },
];

/** Kept in this browser: another screen may want another. */
export function ThemeChoice() {
  const [chosen, setChosen] = useState(storedTheme);
  return (
    <fieldset className={styles.choices}>
      <legend>Theme</legend>
      {THEMES.map(({ theme, title }) => (
        <label key={theme}>
          <input
            type="radio"
            name="theme"
            checked={theme === chosen}
            onChange={() => {
              chooseTheme(theme);
              setChosen(theme);
            }}
          />
          {title}
        </label>
      ))}
    </fieldset>
  );
}
