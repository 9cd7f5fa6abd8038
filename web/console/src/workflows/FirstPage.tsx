import { useNavigate, useRouteContext } from '@tanstack/react-router';
import { useState } from 'react';
import { Button, WordButton } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Key } from '../ui/Key.tsx';
import { useKeys } from '../ui/keys.ts';
import { FileDialog } from './FileDialog.tsx';
import { Footlights } from './Footlights.tsx';
import { ModelField } from './ModelField.tsx';
import { Samples } from './Samples.tsx';
import { useMake } from './useMake.ts';
import { useModels } from './useModels.ts';
import styles from './WorkflowsPage.module.css';

/** So many samples stand beside the welcome; a list has the others. */
const SHOWN = 4;

/** What a newcomer sees: what this is, and two ways to begin. */
export function FirstPage() {
  const { settings } = useRouteContext({ from: '__root__' });
  const navigate = useNavigate({ from: '/' });
  const models = useModels();
  const { make, makeNew } = useMake();
  const [readsFile, setReadsFile] = useState(false);
  const { length } = settings.examples;
  const create = () => makeNew(models.chosen?.id ?? null);
  useKeys([{ keys: 'C', does: 'write a workflow', run: create }]);
  return (
    <div className={styles.stage}>
      <div className={classes(styles.page, styles.empty)}>
        <section>
          <h1 className={styles.big} tabIndex={-1} data-page-title>
            Nothing is playing yet
          </h1>
          <p className={styles.welcome}>
            A workflow is a row of stages. Each one asks a model, judges the answer, and goes on or tries again. You see
            every word as it comes, and where you want the last word, it waits for you.
          </p>
          <div className={styles.acts}>
            <Button look="lit" onClick={create}>
              Write a workflow <Key>C</Key>
            </Button>
            <Button onClick={() => setReadsFile(true)}>Paste one as JSON</Button>
          </div>
        </section>
        {length > 0 && (
          <section aria-labelledby="samples">
            <h2 id="samples" className={styles.label}>
              {models.chosen?.provider === 'demo'
                ? 'Or begin with one that runs at once, on the offline demo model'
                : 'Or begin with one that is written'}
            </h2>
            {models.chosen?.provider !== 'demo' && <ModelField models={models} />}
            <Samples models={models} make={make} most={SHOWN} />
            {length > SHOWN && (
              <p className={styles.all}>
                <WordButton
                  onClick={() => navigate({ search: { samples: true } })}
                >{`All ${length} samples`}</WordButton>
              </p>
            )}
          </section>
        )}
      </div>
      <Footlights />
      {readsFile && <FileDialog make={make} onClose={() => setReadsFile(false)} />}
    </div>
  );
}
