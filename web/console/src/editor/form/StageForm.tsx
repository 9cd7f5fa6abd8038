import { ordinal } from '../../ui/time.ts';
import { Basics } from './Basics.tsx';
import { ForEach } from './ForEach.tsx';
import styles from './Form.module.css';
import { Judging } from './Judging.tsx';
import { Mapping } from './Mapping.tsx';
import { Messages } from './Messages.tsx';
import { Outputs } from './Outputs.tsx';
import { Routing } from './Routing.tsx';
import { type StageForm as Form, StageFormContext } from './stageForm.ts';
import { TemplatePart } from './TemplatePart.tsx';
import { useLedFocus } from './useLedFocus.ts';

/** All that can be said of one stage. `tools` is what can be done with it as a whole. */
export function StageForm({ form, tools }: { form: Form; tools: React.ReactNode }) {
  const root = useLedFocus<HTMLDivElement>();
  const { stage, draft } = form;
  return (
    <StageFormContext value={form}>
      <div ref={root} className={styles.body}>
        <div className={styles.above}>
          <span>{placeInWords(stage.order, draft.stages.indexOf(stage) + 1, draft.stages.length)}</span>
          <span className={styles.tools}>{tools}</span>
        </div>
        <Basics />
        <TemplatePart field="systemTemplate" title="System message" offer="Write one" note="none" />
        <Messages />
        <TemplatePart field="promptTemplate" title="Prompt" />
        <TemplatePart
          field="retryPromptTemplate"
          title="Prompt of a retry"
          offer="Write another, with {{output}} and {{notes}} of the failure"
          note="the same prompt"
        />
        <Mapping />
        <ForEach />
        <Outputs />
        <Judging />
        <Routing />
      </div>
    </StageFormContext>
  );
}

/** Numbers may have gaps; the place in the list is said where it differs. */
function placeInWords(order: number, place: number, of: number): string {
  return order === place ? `Stage ${order} of ${of}` : `Stage ${order}, the ${ordinal(place)} of ${of}`;
}
