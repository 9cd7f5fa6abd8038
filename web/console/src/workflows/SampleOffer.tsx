import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { WordButton } from '../ui/Button.tsx';
import { ModelField } from './ModelField.tsx';
import { Samples } from './Samples.tsx';
import type { Make } from './useMake.ts';
import type { ModelChoice } from './useModels.ts';
import styles from './WorkflowsPage.module.css';

/** Some samples on the page itself, for whoever has nothing of their own yet; a dialog has all of them. */
export function SampleOffer({ models, make, most }: { models: ModelChoice; make: Make; most: number }) {
  const { settings } = useRouteContext({ from: '__root__' });
  const navigate = useNavigate({ from: '/' });
  const { length } = settings.examples;
  if (length === 0 || !models.isKnown) return null;
  const isOffline = models.chosen?.provider === 'demo';
  return (
    <section aria-labelledby="samples">
      <h2 id="samples" className={styles.label}>
        {isOffline
          ? 'Or begin with one that runs at once, on the offline demo model'
          : 'Or begin with one that is written'}
      </h2>
      {!isOffline && (
        <div className={styles.choice}>
          <ModelField models={models} />
        </div>
      )}
      <Samples models={models} make={make} most={most} />
      {length > most && (
        <p className={styles.all}>
          <WordButton onClick={() => navigate({ search: { samples: true } })}>{`All ${length} samples`}</WordButton>
        </p>
      )}
    </section>
  );
}
