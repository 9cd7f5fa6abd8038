import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { claims, type Session, type Settings } from './session.ts';

export function SignIn({ session }: { settings: Settings; session: Session }) {
  const [token, setToken] = useState('');
  const signIn = 'signIn' in session ? (session.signIn as (token: string) => void) : null;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (claims(token).sub) signIn?.(token.trim());
      }}
    >
      <Field label="Access token" value={token} onChange={(event) => setToken(event.target.value)} />
      <Button type="submit">Sign in</Button>
    </form>
  );
}
