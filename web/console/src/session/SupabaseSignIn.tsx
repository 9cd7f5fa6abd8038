import type { Provider } from '@supabase/auth-js';
import { type FormEvent, useEffect, useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Failure } from '../ui/Quiet.tsx';
import styles from './SignIn.module.css';
import type { SupabaseSession, Ways } from './supabase.ts';

/** By password, by a code that comes by mail, or by whichever provider the project has on. */
export function SupabaseSignIn({ session }: { session: SupabaseSession }) {
  const [ways, setWays] = useState<Ways | Error | null>(null);
  useEffect(() => {
    session.ways().then(setWays, setWays);
  }, [session]);
  if (ways === null) return <Ghost lines={3} label="Asking how one signs in" />;
  if (ways instanceof Error) return <Failure what="Nobody can sign in now" why={ways.message} />;
  return (
    <>
      <p className={styles.lede}>Sign in to see your workflows and their runs.</p>
      {session.refusal() && <Failure what="The provider did not sign you in" why={session.refusal()} />}
      {ways.email && <EmailSignIn session={session} />}
      {ways.providers.length > 0 && <Providers session={session} providers={ways.providers} />}
      {!ways.email && ways.providers.length === 0 && (
        <Failure what="This project has no way to sign in" why="Turn one on under Authentication, in Supabase." />
      )}
    </>
  );
}

/** `azure` is called Azure, `linkedin_oidc` Linkedin. */
const called = (provider: string): string => {
  const [word = ''] = provider.split('_');
  return word.charAt(0).toUpperCase() + word.slice(1);
};

function Providers({ session, providers }: { session: SupabaseSession; providers: readonly Provider[] }) {
  const [fault, setFault] = useState<string | null>(null);
  return (
    <div className={styles.providers}>
      {providers.map((provider) => (
        <Button key={provider} onClick={async () => setFault(await session.byProvider(provider))}>
          Sign in with {called(provider)}
        </Button>
      ))}
      {fault && <Failure what="That did not work" why={fault} />}
    </div>
  );
}

function EmailSignIn({ session }: { session: SupabaseSession }) {
  const [email, setEmail] = useState('');
  const [secret, setSecret] = useState('');
  const [way, setWay] = useState<'password' | 'code'>('password');
  const [fault, setFault] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const attempt = async (call: () => Promise<string | null>) => {
    setBusy(true);
    const refusal = await call();
    setFault(refusal);
    setBusy(false);
    return refusal === null;
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    attempt(() => (way === 'password' ? session.byPassword(email, secret) : session.byCode(email, secret.trim())));
  };
  const mail = async () => {
    if (!(await attempt(() => session.sendCode(email)))) return;
    setWay('code');
    setSecret('');
  };
  const noAddress = email.includes('@') ? null : 'Write your address first';

  return (
    <form className={styles.form} onSubmit={submit}>
      <Field
        label="Email"
        type="email"
        autoComplete="email"
        value={email}
        onChange={(event) => setEmail(event.target.value)}
      />
      {way === 'password' ? (
        <Field
          key="password"
          label="Password"
          type="password"
          autoComplete="current-password"
          value={secret}
          fault={fault}
          onChange={(event) => setSecret(event.target.value)}
        />
      ) : (
        <Field
          key="code"
          label="Code from the mail"
          inputMode="numeric"
          autoComplete="one-time-code"
          autoFocus
          value={secret}
          fault={fault}
          hint={`It was sent to ${email}`}
          onChange={(event) => setSecret(event.target.value)}
        />
      )}
      <div className={styles.acts}>
        <Button type="submit" look="lit" refused={noAddress ?? (secret ? null : `Write the ${way} first`)}>
          Sign in
        </Button>
        <Button look="bare" refused={noAddress} onClick={mail}>
          {way === 'password' ? 'Send me a code by mail' : 'Send another code'}
        </Button>
      </div>
    </form>
  );
}
