import { getRouteApi } from '@tanstack/react-router';
import { paths } from '../paths.ts';
import { Head } from '../ui/Head.tsx';
import { Page, Scroll } from '../ui/Page.tsx';
import { ChooseRun } from './ChooseRun.tsx';
import { Compared } from './Compared.tsx';

const route = getRouteApi(paths.compare);

/** Two runs side by side; as long as one is not chosen, the runs to choose from. */
export function ComparePage() {
  const { left, right } = route.useSearch();
  const navigate = route.useNavigate();
  if (left && right) return <Compared key={`${left}/${right}`} leftId={left} rightId={right} />;
  const known = left ?? right;
  return (
    <Page>
      <Head
        title="Compare two runs"
        status={known ? 'Choose the run to compare it with.' : 'Choose the first of two runs.'}
      />
      <Scroll>
        <ChooseRun
          of={known ?? null}
          onChoose={(id) =>
            navigate({ search: known === undefined ? { left: id } : { left: left ?? id, right: right ?? id } })
          }
        />
      </Scroll>
    </Page>
  );
}
