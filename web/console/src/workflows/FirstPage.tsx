import { useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { classes } from '../ui/classes.ts';
import { Key } from '../ui/Key.tsx';
import { useActions, useKeys } from '../ui/keys.ts';
import { PageTitle } from '../ui/PageTitle.tsx';
import { FileDialog } from './FileDialog.tsx';
import { Footlights } from './Footlights.tsx';
import { SampleOffer } from './SampleOffer.tsx';
import { useMake } from './useMake.ts';
import { useModels } from './useModels.ts';
import styles from './WorkflowsPage.module.css';

/** What a newcomer sees: what this is, and two ways to begin. */
export function FirstPage() {
  const models = useModels();
  const { make, makeNew } = useMake();
  const [readsFile, setReadsFile] = useState(false);
  const create = () => makeNew(models.chosen?.id ?? null);
  useActions([{ does: 'make a workflow from a file', run: () => setReadsFile(true) }]);
  useKeys([{ keys: 'C', does: 'new workflow', run: create }]);
  return (
    <div className={styles.stage}>
      <div className={classes(styles.page, styles.empty)}>
        <section>
          <PageTitle className={styles.big}>Nothing is playing yet</PageTitle>
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
        <SampleOffer models={models} make={make} most={4} />
      </div>
      <Footlights />
      {readsFile && <FileDialog make={make} onClose={() => setReadsFile(false)} />}
    </div>
  );
}
