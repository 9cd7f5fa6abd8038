import { useState, useSyncExternalStore } from 'react';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import styles from './SignIn.module.css';
import type { PastedSession } from './session.ts';

/** Asks for an access token, which this page alone remembers. */
export function TokenSignIn({ session }: { session: PastedSession }) {
  const [token, setToken] = useState('');
  const refusal = useSyncExternalStore(session.subscribe, session.refusal);
  return (
    <>
      <p className={styles.lede}>
        Sign in with an access token of this server’s users. It stays in this page: a reload asks for it again.
      </p>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          session.signIn(token.trim().replace(/^Bearer\s+/i, ''));
        }}
      >
        <Field
          label="Access token"
          type="password"
          spellCheck={false}
          value={token}
          fault={refusal}
          onChange={(event) => setToken(event.target.value)}
        />
        <div className={styles.acts}>
          <Button type="submit" look="lit" refused={token.trim() ? null : 'Paste a token first'}>
            Sign in
          </Button>
        </div>
      </form>
    </>
  );
}
