import { WordButton } from '../ui/Button.tsx';
import { count } from '../ui/time.ts';
import type { Model } from './ModelsPage.tsx';
import styles from './ModelsPage.module.css';
import { type ProviderGroup, settingOf } from './providers.ts';

/** A provider's models; what the server needs before it can call them is said once. */
export function ProviderModels({
  group: { provider, isAvailable, models },
  chosen,
  onChange,
  onDelete,
}: {
  group: ProviderGroup<Model>;
  /** The id of the one that was looked for. */
  chosen: string | null;
  /** Null: they are another's to change. */
  onChange: ((model: Model) => void) | null;
  onDelete: ((model: Model) => void) | null;
}) {
  return (
    <section>
      <header className={styles.provider}>
        <h2>{provider}</h2>
        <p>{isAvailable ? 'can be called' : <Need provider={provider} />}</p>
      </header>
      <ul>
        {models.map((model) => (
          <li key={model.id} className={styles.model} {...(model.id === chosen ? asChosen : {})}>
            <h3 dir="auto">{model.name}</h3>
            <p className={styles.what}>
              <span className="exact">{model.modelIdentifierForFlowise}</span>
            </p>
            <p className={styles.length}>
              {model.contextLength === null ? 'Context not known' : `${count(model.contextLength)} tokens fit`}
            </p>
            {onChange && onDelete && (
              <p className={styles.acts}>
                <WordButton aria-label={`Change ${model.name}`} onClick={() => onChange(model)}>
                  Change
                </WordButton>
                <WordButton aria-label={`Delete ${model.name}`} onClick={() => onDelete(model)}>
                  Delete
                </WordButton>
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Need({ provider }: { provider: string }) {
  const { name, isOwn } = settingOf(provider);
  return (
    <>
      needs <span className="exact">{name}</span>
      {isOwn && (
        <>
          , and its name among <span className="exact">PROVIDERS</span>
        </>
      )}
      , set on the server
    </>
  );
}

const asChosen = {
  'aria-current': true,
  ref: (row: HTMLElement | null) => row?.scrollIntoView({ block: 'center' }),
} as const;
