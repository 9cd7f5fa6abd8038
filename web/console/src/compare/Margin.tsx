import { Differences } from '../definition/Differences.tsx';
import type { Difference } from '../definition/differences.ts';
import { fieldText } from '../definition/words.ts';
import { Diff } from '../ui/Diff.tsx';
import { Note } from '../ui/Note.tsx';
import { counted } from '../ui/time.ts';
import { Figures } from './Figures.tsx';
import type { comparedInputs, InputPair } from './inputs.ts';
import styles from './Margin.module.css';
import type { StagePair } from './pairs.ts';
import { TimeBars } from './TimeBars.tsx';
import type { KnownSide } from './useSide.ts';

interface Props {
  left: KnownSide;
  right: KnownSide;
  pairs: readonly StagePair[];
  inputs: ReturnType<typeof comparedInputs>;
  differ: readonly Difference[];
}

/** What is exact about the two: figures, where the time went, inputs, and definitions. */
export function Margin({ left, right, pairs, inputs, differ }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys.
    <aside aria-label="How they differ" tabIndex={0}>
      <Note title="Figures">
        <Figures left={left} right={right} />
      </Note>
      <Note title="Where the time went">
        <TimeBars pairs={pairs} />
      </Note>
      <Note title="Inputs">
        {inputs.same > 0 && <p className="soft">{counted(inputs.same, 'input is the same', 'inputs are the same')}.</p>}
        {inputs.differ.map((input) => (
          <Input key={input.name} {...input} />
        ))}
        {inputs.same + inputs.differ.length === 0 && <p className="soft">Both were started without inputs.</p>}
      </Note>
      <Note title="Definitions, from left to right">
        {differ.length === 0 ? <p className="soft">Nothing differs.</p> : <Differences list={differ} />}
      </Note>
    </aside>
  );
}

function Input({ name, left, right }: InputPair) {
  return (
    <div className={styles.input}>
      <h4 className="exact">{name}</h4>
      <Diff before={fieldText(left)} after={fieldText(right)} exact={typeof (left ?? right) !== 'string'} />
    </div>
  );
}
