import { useQuery } from '@apollo/client/react';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { usePolicy } from '../app/ahead.ts';
import { paths } from '../paths.ts';
import { Button } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { useActions } from '../ui/keys.ts';
import { Page, Scroll } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { count } from '../ui/time.ts';
import { Unread } from '../ui/Unread.tsx';
import { DeleteModel } from './DeleteModel.tsx';
import { ChangeModel, ModelDialog } from './ModelDialog.tsx';
import { ModelsDocument, type ModelsQuery } from './Models.generated.ts';
import styles from './ModelsPage.module.css';
import { ProviderModels } from './ProviderModels.tsx';
import { groupsOf } from './providers.ts';

export type Model = ModelsQuery['models'][number];

const route = getRouteApi(paths.models);

/** The catalogue: everybody reads it, administrators change it. */
export function ModelsPage() {
  const { data, error, refetch } = useQuery(ModelsDocument, { fetchPolicy: usePolicy(ModelsDocument, {}) });
  const { chosen = null } = route.useSearch();
  const [edited, setEdited] = useState<Model | 'new' | null>(null);
  const [doomed, setDoomed] = useState<Model | null>(null);
  const isAdmin = data?.me.isAdmin ?? false;
  const models = data?.models ?? [];
  const missing = models.filter((model) => !model.available).length;
  const status = data ? told(models.length, missing, isAdmin) : null;
  const dialog = {
    providers: [...new Set(models.map((model) => model.provider))],
    settings: settingNames(data?.modelSettings),
    onClose: () => setEdited(null),
  };
  useActions(isAdmin ? [{ does: 'add a model', run: () => setEdited('new') }] : []);
  return (
    <Page>
      <Head title="Models" status={status}>
        {data && <CopyAs document={ModelsDocument} />}
        {isAdmin && <Button onClick={() => setEdited('new')}>Add a model</Button>}
      </Head>
      {/* Whoever may change nothing finds nothing in it to come to by Tab, and must scroll it, too. */}
      <Scroll {...(isAdmin ? {} : { tabIndex: 0 })}>
        {error && <Unread what="The catalogue could not be read" error={error} retry={refetch} />}
        {!data && !error && <Ghost />}
        {data && models.length === 0 && (
          <Quiet>
            {isAdmin
              ? 'There is no model yet. Add one, and stages can choose it.'
              : 'There is no model yet. An administrator can add one.'}
          </Quiet>
        )}
        {models.length > 0 && (
          <div className={styles.models}>
            {groupsOf(models).map((group) => (
              <ProviderModels
                key={group.provider}
                group={group}
                chosen={chosen}
                onChange={isAdmin ? setEdited : null}
                onDelete={isAdmin ? setDoomed : null}
              />
            ))}
          </div>
        )}
      </Scroll>
      {edited === 'new' && <ModelDialog model={null} {...dialog} />}
      {edited !== null && edited !== 'new' && <ChangeModel model={edited} {...dialog} />}
      {doomed && <DeleteModel model={doomed} onClose={() => setDoomed(null)} />}
    </Page>
  );
}

function told(all: number, missing: number, isAdmin: boolean): string {
  const most = `${count(all)} ${all === 1 ? 'model' : 'models'}`;
  const able = missing === 0 ? 'all available' : `${count(missing)} of them without a configured provider`;
  return `${most}, ${able}.${isAdmin ? '' : ' Administrators change the catalogue.'}`;
}

/** The names that a stage or a model may set, out of their JSON Schema. */
function settingNames(schema: unknown): string[] {
  const properties = schema && typeof schema === 'object' && 'properties' in schema ? schema.properties : null;
  return properties && typeof properties === 'object' ? Object.keys(properties) : [];
}
