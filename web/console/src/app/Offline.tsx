import { useConnection } from '@footlight/client/react';
import { useAllStatusChanges } from './live.ts';
import styles from './Offline.module.css';

/** A lost connection, said once for every page; what is shown stays, and goes on by itself. */
export function Offline() {
  useAllStatusChanges();
  const connection = useConnection();
  return (
    <p className={styles.offline} role="status" hidden={connection !== 'lost'}>
      {connection === 'lost' &&
        'The connection is lost. What you see is as it was; it goes on by itself, from where it stopped.'}
    </p>
  );
}
