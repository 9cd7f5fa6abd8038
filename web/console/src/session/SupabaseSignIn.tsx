import type { Provider } from '@supabase/auth-js';
import { type FormEvent, useCallback, useEffect, useRef, useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Field } from '../ui/Field.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Failure } from '../ui/Quiet.tsx';
import styles from './SignIn.module.css';
import type { SupabaseSession } from './supabase.ts';
import { Down, type Ways } from './ways.ts';

/** In milliseconds, between one question whether Supabase answers again and the next. */
const AGAIN = 5000;

/** By password, by a code that comes by mail, or by whichever provider the project has on. */
export function SupabaseSignIn({ session }: { session: SupabaseSession }) {
  const [ways, tryAgain] = useWays(session);
  if (ways === null) return <Ghost lines={3} label="Asking how one signs in" />;
  if (ways instanceof Error) {
    const isDown = ways instanceof Down;
    return (
      <Failure
        what={isDown ? ways.message : 'Nobody can sign in now'}
        why={isDown ? WHILE_DOWN : ways.message}
        action={<Button onClick={tryAgain}>Try again</Button>}
      />
    );
  }
  const refusal = session.refusal();
  return (
    <>
      <p className={styles.lede}>Sign in to see your workflows and their runs.</p>
      {refusal && <Failure {...refusal} />}
      {ways.email && <EmailSignIn session={session} />}
      {ways.providers.length > 0 && <Providers session={session} providers={ways.providers} />}
      {!ways.email && ways.providers.length === 0 && (
        <Failure what="This project has no way to sign in" why="Turn one on under Authentication, in Supabase." />
      )}
    </>
  );
}

const WHILE_DOWN =
  'Whoever was signed in here still is when it answers again; nobody else can sign in until then. This page asks again by itself.';

/** How one signs in; where Supabase does not answer it is asked until it does. */
function useWays(session: SupabaseSession): [ways: Ways | Error | null, tryAgain: () => void] {
  const [ways, setWays] = useState<Ways | Error | null>(null);
  const asked = useRef(0);
  const ask = useCallback(() => {
    asked.current += 1;
    const mine = asked.current;
    // An older question may be answered, or given up, after a newer one.
    const settle = (found: Ways | Error) => mine === asked.current && setWays(found);
    session.ways().then(settle, settle);
  }, [session]);
  useEffect(ask, [ask]);
  useEffect(() => {
    if (!(ways instanceof Down)) return;
    const timer = setTimeout(ask, AGAIN);
    window.addEventListener('online', ask);
    return () => {
      clearTimeout(timer);
      window.removeEventListener('online', ask);
    };
  }, [ways, ask]);
  const tryAgain = () => {
    setWays(null);
    ask();
  };
  return [ways, tryAgain];
}

const NAMES: Readonly<Record<string, string>> = {
  github: 'GitHub',
  gitlab: 'GitLab',
  linkedin: 'LinkedIn',
  workos: 'WorkOS',
};

/** `azure` is called Azure, `linkedin_oidc` LinkedIn. */
const called = (provider: string): string => {
  const [word = ''] = provider.split('_');
  return NAMES[word] ?? word.charAt(0).toUpperCase() + word.slice(1);
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
  const turnTo = (other: 'password' | 'code') => {
    setWay(other);
    setSecret('');
    setFault(null);
  };
  const mail = async () => {
    if (await attempt(() => session.sendCode(email))) turnTo('code');
  };
  const noAddress = email.includes('@') ? null : 'Write your address first';

  return (
    <form className={styles.form} onSubmit={submit}>
      <Field
        label="Email"
        type="email"
        autoComplete="email"
        autoFocus
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
          hint={`It was sent to ${email}. A link in the mail signs in, too, in this browser.`}
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
        {way === 'code' && (
          <Button look="bare" onClick={() => turnTo('password')}>
            Use the password
          </Button>
        )}
      </div>
    </form>
  );
}
