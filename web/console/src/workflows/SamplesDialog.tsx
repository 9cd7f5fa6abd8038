import { useNavigate, useRouteContext, useSearch } from '@tanstack/react-router';
import { Dialog } from '../ui/Dialog.tsx';
import { ModelField } from './ModelField.tsx';
import { Samples } from './Samples.tsx';
import { useMake } from './useMake.ts';
import { useModels } from './useModels.ts';
import styles from './WorkflowsPage.module.css';

export function SamplesDialog() {
  const navigate = useNavigate({ from: '/' });
  const { search } = useSearch({ from: '/' });
  const { settings } = useRouteContext({ from: '__root__' });
  const models = useModels();
  const { make } = useMake();
  return (
    <Dialog
      title={`Begin with one of ${settings.examples.length} samples`}
      onClose={() => navigate({ search: search === undefined ? {} : { search }, replace: true })}
    >
      <div className={styles.choice}>
        <ModelField models={models} />
      </div>
      <Samples models={models} make={make} />
    </Dialog>
  );
}
