import { useQuery } from '@apollo/client/react';
import { Link, useLocation, useNavigate } from '@tanstack/react-router';
import { Key } from '../ui/Key.tsx';
import { Menu } from '../ui/Menu.tsx';
import styles from './Bar.module.css';
import { MeDocument } from './Me.generated.ts';
import { Offline } from './Offline.tsx';
import { palette } from './palette/state.ts';
import { usePendingCount } from './usePendingCount.ts';

/** The bar at the top: where one can go, and what waits for the person. */
export function Bar() {
  const navigate = useNavigate();
  const isOfWorkflow = useLocation({ select: ({ pathname }) => pathname.startsWith('/workflows/') });
  const pending = usePendingCount();
  const { data, error } = useQuery(MeDocument);
  const name = data?.me.fullName ?? data?.me.email ?? 'You';
  return (
    <header className={styles.bar}>
      <Link to="/" className={styles.brand} aria-label="Footlight, first page">
        <span>Footlight</span>
      </Link>
      <nav aria-label="Main" className={styles.nav}>
        <Link to="/" activeOptions={{ exact: true }} aria-current={isOfWorkflow ? true : undefined}>
          Workflows
        </Link>
        <Link to="/runs">Runs</Link>
        <Link to="/inbox">
          Inbox
          {pending && (
            <span className={styles.count}>
              {pending}
              <span className="away"> waiting for you</span>
            </span>
          )}
        </Link>
        <Link to="/models" className={styles.lesser}>
          Models
        </Link>
      </nav>
      <Offline />
      <div className={styles.end}>
        {/* Both at once: a name that comes later would move what stands before it. */}
        {(data || error) && (
          <>
            <button type="button" className={styles.find} onClick={palette.open}>
              <span>Find or do</span> <Key>Ctrl K</Key>
            </button>
            <Link to="/settings" className={styles.person}>
              <bdi>{name}</bdi>
            </Link>
          </>
        )}
        <Menu
          title="More"
          className={styles.more}
          items={[
            { title: 'Models', run: () => navigate({ to: '/models' }) },
            { title: 'Settings', run: () => navigate({ to: '/settings' }) },
            { title: 'Find or do…', run: palette.open },
          ]}
        />
      </div>
    </header>
  );
}
