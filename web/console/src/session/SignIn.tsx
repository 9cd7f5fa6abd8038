import styles from './SignIn.module.css';
import { SupabaseSignIn } from './SupabaseSignIn.tsx';
import type { AnySession } from './sessionFor.ts';
import { TokenSignIn } from './TokenSignIn.tsx';

export function SignIn({ session }: { session: AnySession }) {
  return (
    <main className={styles.page}>
      <div className={styles.sheet}>
        <h1 className={styles.title}>Footlight</h1>
        {'kind' in session && session.kind === 'supabase' && <SupabaseSignIn session={session} />}
        {'kind' in session && session.kind === 'pasted' && <TokenSignIn session={session} />}
      </div>
    </main>
  );
}
