import { useConnection } from '@footlight/client/react';
import { useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useEffectEvent, useRef } from 'react';
import { Ghost } from '../ui/Ghost.tsx';
import { Head } from '../ui/Head.tsx';
import { useKeys } from '../ui/keys.ts';
import { Columns, Foot, FootLine, Page, Scroll } from '../ui/Page.tsx';
import { Quiet } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import { Unread } from '../ui/Unread.tsx';
import { useMedia } from '../ui/useMedia.ts';
import { waits } from './ago.ts';
import { LetterList } from './LetterList.tsx';
import { LetterPage } from './LetterPage.tsx';
import { type Letter, nextWaiting, placeOf, since, walked } from './letters.ts';
import { useLetters } from './useLetters.ts';
import { useMinute } from './useMinute.ts';

/** Narrow windows show either the list or a letter. */
const NARROW = '(max-width: 1100px)';

/** What waits for me, oldest first: the list, the open letter, and where it comes from. */
export function InboxPage() {
  const { inbox, letters, tell } = useLetters();
  const narrow = useMedia(NARROW);
  const open = useOpenLetter(narrow);
  const sayDecided = useSayDecided();
  const current = useOpened(narrow ? undefined : letters.find(({ fate }) => fate === null)?.item.id);
  const letter = letters.find(({ item }) => item.id === current);
  const opened = useRef(current);
  opened.current = current;
  const walk = (step: 1 | -1) => {
    const to = walked(letters, current, step);
    if (to) open(to.item.id);
  };
  useKeys([
    { keys: 'J', does: 'next letter', run: () => walk(1) },
    { keys: 'K', does: 'letter before', run: () => walk(-1) },
  ]);
  const at = letters.findIndex(({ item }) => item.id === current);
  const loadMore = useEffectEvent(inbox.loadMore);
  const nearsEnd = inbox.hasMore && at >= letters.length - 5;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that has come may not be enough.
  useEffect(() => {
    if (nearsEnd) loadMore();
  }, [nearsEnd, letters.length]);

  const list = <LetterList letters={letters} inbox={inbox} current={current} isNarrow={narrow} />;
  if (inbox.loading) {
    return (
      <Page>
        <Head title="Inbox" />
        <Ghost label="Loading what waits for you" />
      </Page>
    );
  }
  if (inbox.error && letters.length === 0) {
    return (
      <Page>
        <Head title="Inbox" />
        <Unread what="The inbox could not be read" error={inbox.error} retry={inbox.refetch} />
      </Page>
    );
  }
  if (!current) {
    const oldest = letters.find(({ fate }) => fate === null) ?? null;
    return <WithoutLetter list={letters.length > 0 ? list : null} waiting={inbox.count} oldest={oldest} />;
  }
  return (
    <LetterPage
      id={current}
      letter={letter ?? null}
      place={{ at: placeOf(letters, current), of: inbox.count }}
      list={narrow ? null : list}
      onDecided={async (result, validatedAt) => {
        tell(current, { result, at: validatedAt, isMine: true });
        // Who has gone on meanwhile is left there.
        if (opened.current === current) await open(nextWaiting(letters, current)?.item.id);
        // Where the list is not in view, nothing else tells of it.
        if (narrow && letter) sayDecided(result, letter);
      }}
      onLater={walked(letters, current, 1) && (() => walk(1))}
    />
  );
}

/** The letter in the address; where it names none, the first opens, and stays open whatever becomes of it. */
function useOpened(first: string | undefined): string | undefined {
  const navigate = useNavigate();
  const { logId } = useParams({ strict: false });
  useEffect(() => {
    if (!logId && first) navigate({ to: '/inbox/$logId', params: { logId: first }, replace: true });
  }, [logId, first, navigate]);
  return logId ?? first;
}

/**
 * Opens a letter in the place of the one that is open, and puts the focus to its head, so that the next key acts on it.
 * From the list alone it goes to a page of its own: Back comes to the list again. Beside the list the router leaves the
 * scroll alone: it would put the list back to where it was for the letter before.
 */
function useOpenLetter(isNarrow: boolean): (id: string | undefined) => Promise<void> {
  const navigate = useNavigate();
  const wantsFocus = useRef(false);
  const { logId } = useParams({ strict: false });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another letter is open.
  useEffect(() => {
    if (!wantsFocus.current) return;
    wantsFocus.current = false;
    document.querySelector<HTMLElement>('#main [data-page-title]')?.focus({ preventScroll: true });
  }, [logId]);
  return (id) => {
    wantsFocus.current = true;
    if (id)
      return navigate({
        to: '/inbox/$logId',
        params: { logId: id },
        replace: logId !== undefined,
        resetScroll: isNarrow,
      });
    return navigate({ to: '/inbox', replace: true });
  };
}

/** Says what was decided of a letter, with the way to its run. */
function useSayDecided(): (result: 'PASS' | 'FAIL', letter: Letter) => void {
  const navigate = useNavigate();
  return (result, { item: { id, stageName, stageOrder, execution } }) => {
    const open = () => navigate({ to: '/runs/$runId', params: { runId: execution.id }, search: { log: id } });
    toast(`You ${result === 'PASS' ? 'passed' : 'failed'} “${stageName ?? `Stage ${stageOrder}`}”`, {
      title: 'Open the run',
      run: open,
    });
  };
}

/** No letter is open: none waits, or there is only room for the list. */
function WithoutLetter({ list, waiting, oldest }: { list: React.ReactNode; waiting: number; oldest: Letter | null }) {
  const now = useMinute();
  const connection = useConnection();
  const nothing = waiting === 0 && (
    <Scroll>
      <Quiet>
        Nothing waits for you. A run comes here when one of its stages asks a person, within a second and by itself.
      </Quiet>
    </Scroll>
  );
  return (
    <Page>
      <Head title="Inbox" status={waiting === 0 ? 'All is decided' : 'Open a letter to decide on it'} />
      {list ? (
        <Columns shape="box">
          {list}
          {nothing}
        </Columns>
      ) : (
        nothing
      )}
      <Foot label="Decide" light={connection === 'lost' ? 'off' : waiting > 0 ? 'lit' : 'plain'}>
        <FootLine>
          <span className="soft">
            {waiting === 0 ? 'There is nothing to decide.' : oldest && `The oldest ${waits(since(oldest.item), now)}.`}
          </span>
        </FootLine>
      </Foot>
    </Page>
  );
}
