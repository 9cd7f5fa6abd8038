import { Dialog } from '../../ui/Dialog.tsx';
import { Key } from '../../ui/Key.tsx';
import { useKeys, useRegisteredActions } from '../../ui/keys.ts';
import styles from './KeySheet.module.css';
import { keySheet } from './state.ts';

/** `?`: all keys that act on the page as it is. */
export function KeySheet() {
  const isOpen = keySheet.useIsOpen();
  useKeys([{ keys: '?', does: 'show all keys', run: keySheet.open }]);
  return isOpen ? <Sheet /> : null;
}

function Sheet() {
  const actions = useRegisteredActions();
  return (
    <Dialog title="Keys" onClose={keySheet.close}>
      <dl className={styles.keys}>
        {actions.map(
          ({ keys, does }) =>
            keys && (
              <div key={`${keys} ${does}`}>
                <dt>
                  <Key>{keys}</Key>
                </dt>
                <dd>{does}</dd>
              </div>
            ),
        )}
      </dl>
    </Dialog>
  );
}
