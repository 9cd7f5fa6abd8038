import { useApolloClient } from '@apollo/client/react';
import { useConnection } from '@footlight/client/react';
import { useAllStatusChanges } from './live.ts';
import styles from './Offline.module.css';
import { useWhenBack } from './useWhenBack.ts';

/** A lost connection, said once for every page; what is shown stays, and goes on by itself. */
export function Offline() {
  useAllStatusChanges();
  useReadAgain();
  const connection = useConnection();
  return (
    <p className={styles.offline} role="status" hidden={connection !== 'lost'}>
      {connection === 'lost' && (
        <>
          The connection is lost. <span className={styles.more}>What you see is as it was.</span> It goes on by itself,
          from where it stopped.
        </>
      )}
    </p>
  );
}

/** What could not be read is read again once the connection is back. */
function useReadAgain(): void {
  const client = useApolloClient();
  useWhenBack(() => {
    client
      .refetchQueries({ include: 'active', onQueryUpdated: (query) => query.getCurrentResult().error !== undefined })
      .catch(() => {});
  });
}
