import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { differences } from '../definition/differences.ts';
import { paths } from '../paths.ts';
import { Button } from '../ui/Button.tsx';
import { CopyAs } from '../ui/CopyAs.tsx';
import { copyText } from '../ui/copy.ts';
import { Dialog } from '../ui/Dialog.tsx';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { Key } from '../ui/Key.tsx';
import { useActions, useKeys } from '../ui/keys.ts';
import { Columns, Foot, FootLine, Page, pushed, Scroll } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { Unread } from '../ui/Unread.tsx';
import { ChooseRun } from './ChooseRun.tsx';
import { ComparedAsShownDocument } from './ComparedAsShown.generated.ts';
import styles from './Compared.module.css';
import { Margin } from './Margin.tsx';
import { comparedInputs } from './inputs.ts';
import { pairsOf } from './pairs.ts';
import { sentenceOf } from './sentence.ts';
import { SideHead } from './SideHead.tsx';
import { StageRow } from './StageRow.tsx';
import { awayTime, ownTime } from './times.ts';
import { type KnownSide, type SideState, useSide } from './useSide.ts';

const route = getRouteApi(paths.compare);

type Which = 'left' | 'right';

/** Two runs that are known by their ids. */
export function Compared({ leftId, rightId }: { leftId: string; rightId: string }) {
  const [left, right] = [useSide(leftId), useSide(rightId)];
  const navigate = route.useNavigate();
  const [asked, setAsked] = useState<Which | null>(null);
  const copyLink = () => copyText(window.location.href, 'the link to this comparison');
  const swap = () => navigate({ search: { left: rightId, right: leftId }, replace: true });
  useActions([{ does: 'copy the link to this comparison', run: copyLink }]);
  useKeys([{ keys: 'S', does: 'swap the two sides', run: swap }]);
  const choose = (id: string) => {
    setAsked(null);
    navigate({ search: asked === 'left' ? { left: id, right: rightId } : { left: leftId, right: id } });
  };
  return (
    <Page>
      {left.known && right.known ? (
        <Both left={left.known} right={right.known} onAsk={setAsked} />
      ) : (
        <NotBoth left={left} right={right} onAsk={setAsked} />
      )}
      <Foot label="What you can do">
        <FootLine>
          <Button onClick={swap}>
            Swap the sides <Key>S</Key>
          </Button>
          <Button look="bare" onClick={copyLink}>
            Copy the link
          </Button>
          <span className={pushed}>
            <CopyAs {...sideAsShown('left', leftId, left)} beside={[sideAsShown('right', rightId, right)]} />
          </span>
        </FootLine>
      </Foot>
      {asked && (
        <Dialog title={`Another run on the ${asked}`} onClose={() => setAsked(null)} wide>
          <ChooseRun of={asked === 'left' ? rightId : leftId} onChoose={choose} />
        </Dialog>
      )}
    </Page>
  );
}

const sideAsShown = (called: Which, id: string, { known }: SideState) => ({
  document: ComparedAsShownDocument,
  variables: { id },
  called,
  lists: [{ at: [called, 'logs'], count: known?.run.attempts.length ?? 0 }],
});

function Both({ left, right, onAsk }: { left: KnownSide; right: KnownSide; onAsk: (which: Which) => void }) {
  const [one, other] = [left.execution, right.execution];
  const inputs = useMemo(() => comparedInputs(one.executionInputs, other.executionInputs), [one, other]);
  const differ = useMemo(() => differences(one.definition, other.definition), [one.definition, other.definition]);
  const pairs = useMemo(() => pairsOf(left, right), [left, right]);
  const names = [...new Set([one, other].map(({ workflow }) => workflow?.name ?? 'a workflow that is gone'))];
  return (
    <>
      <Head
        crumb={<Crumb />}
        title={names.join(' and ')}
        status={sentenceOf(toldOf(left), toldOf(right), differ.length, inputs.differ.length)}
      />
      <Columns shape="two">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
        <section className={styles.answers} aria-label="What they answered" tabIndex={0}>
          <div className={styles.sides}>
            <SideHead which="left" side={left} onAsk={onAsk} />
            <SideHead which="right" side={right} onAsk={onAsk} />
          </div>
          {pairs.map((pair) => (
            <StageRow key={pair.key} pair={pair} />
          ))}
        </section>
        <Margin left={left} right={right} pairs={pairs} inputs={inputs} differ={differ} />
      </Columns>
    </>
  );
}

function Crumb() {
  return (
    <>
      <Link to="/runs">Runs</Link>
      <span aria-hidden="true">/</span>
      <span>two of them side by side</span>
    </>
  );
}

const toldOf = ({ time, execution: { usage } }: KnownSide) => ({
  own: ownTime(time),
  away: awayTime(time),
  tokens: (usage.promptTokens ?? 0) + (usage.completionTokens ?? 0),
});

/** Until both are there: which is missing, and why. */
function NotBoth({ left, right, onAsk }: { left: SideState; right: SideState; onAsk: (which: Which) => void }) {
  const missing = [
    { which: 'left' as const, side: left },
    { which: 'right' as const, side: right },
  ].flatMap(({ which, side }) => (side.known ? [] : [{ which, ...side }]));
  const gone = missing.find(({ isGone }) => isGone);
  const failed = missing.find(({ error, retry }) => error && retry) ?? missing.find(({ error }) => error);
  return (
    <>
      <Head title="Compare two runs" />
      <Scroll>
        {gone && (
          <Quiet action={<Button onClick={() => onAsk(gone.which)}>Choose another run</Button>}>
            The run on the {gone.which} is not there. It may have been deleted, or it may be somebody else’s.
          </Quiet>
        )}
        {!gone && failed && (
          <Unread what={`The run on the ${failed.which} could not be read`} error={failed.error} retry={failed.retry} />
        )}
        {!gone && !failed && <Ghost />}
      </Scroll>
    </>
  );
}
