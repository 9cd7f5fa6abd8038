import { useMutation } from '@apollo/client/react';
import { type FootlightError, footlightErrors } from '@footlight/client';
import { useId, useState } from 'react';
import { Button } from '../ui/Button.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { Field, Text } from '../ui/Field.tsx';
import { Failure } from '../ui/Quiet.tsx';
import { toast } from '../ui/toast.ts';
import { type ModelForm, modelForm, modelInput } from './form.ts';
import { ModelsDocument } from './Models.generated.ts';
import type { Model } from './ModelsPage.tsx';
import styles from './ModelsPage.module.css';
import { UpsertModelDocument } from './UpsertModel.generated.ts';
import { useExactModel } from './useExactModel.ts';

interface ModelDialogProps {
  providers: readonly string[];
  settings: readonly string[];
  onClose: () => void;
}

/** Another state of a model. */
export function ChangeModel({ model, ...props }: ModelDialogProps & { model: Model }) {
  const exact = useExactModel(model, (why) => {
    toast(`${model.name} could not be read: ${why}`);
    props.onClose();
  });
  return exact && <ModelDialog model={exact} {...props} />;
}

/** A new model, or another state of one. */
export function ModelDialog({ model, providers, settings, onClose }: ModelDialogProps & { model: Model | null }) {
  const [form, setForm] = useState(() => modelForm(model));
  const [refusal, setRefusal] = useState<FootlightError | null>(null);
  const [upsert, { loading }] = useMutation(UpsertModelDocument, { refetchQueries: [ModelsDocument] });
  const known = useId();
  const input = modelInput(form, model?.id ?? null);

  const save = async () => {
    if (!input.ok || loading) return;
    try {
      await upsert({ variables: { input: input.value } });
      toast(`Saved ${input.value.name}`);
      onClose();
    } catch (error) {
      setRefusal(footlightErrors(error)[0] ?? null);
    }
  };
  const fault = (field: string) =>
    refusal && 'field' in refusal && refusal.field?.split('.').includes(field) ? refusal.message : null;
  const write = (field: keyof ModelForm) => (event: { target: { value: string } }) =>
    setForm({ ...form, [field]: event.target.value });
  const placed = ['name', 'provider', 'modelIdentifierForFlowise', 'contextLength', 'configDefaults'].some(fault);
  const unready =
    form.name && form.provider && form.identifier ? null : 'A name, a provider and its own name are needed';
  return (
    <Dialog
      title={model ? `Change ${model.name}` : 'Add a model'}
      onClose={onClose}
      actions={
        <>
          <Button look="bare" onClick={onClose}>
            Leave it
          </Button>
          <Button look="lit" onClick={save} refused={unready ?? (input.ok ? null : input.why)}>
            Save the model
          </Button>
        </>
      }
    >
      <div className={styles.form}>
        <Field label="Name, for people" value={form.name} onChange={write('name')} fault={fault('name')} />
        <Field
          label="Provider"
          list={known}
          value={form.provider}
          onChange={write('provider')}
          fault={fault('provider')}
          hint="As this server knows it: openai, anthropic, gemini, mistral, groq, openrouter, ollama, or one that its operator has named"
        />
        <datalist id={known}>
          {providers.map((provider) => (
            <option key={provider} value={provider} />
          ))}
        </datalist>
        <Field
          label="What the provider calls it"
          className="exact"
          value={form.identifier}
          onChange={write('identifier')}
          fault={fault('modelIdentifierForFlowise')}
        />
        <Field
          label="How many tokens fit into its context"
          inputMode="numeric"
          value={form.contextLength}
          onChange={write('contextLength')}
          fault={fault('contextLength')}
          hint="Left empty: not known"
        />
        <Text
          label="Settings of every call, as JSON"
          className="exact"
          spellCheck={false}
          value={form.defaults}
          onChange={write('defaults')}
          fault={input.ok ? fault('configDefaults') : input.why}
          hint={`Any of ${settings.join(', ')}, and extra, what else the provider takes`}
        />
        {refusal && !placed && <Failure what="The model was not saved" why={refusal.message} />}
      </div>
    </Dialog>
  );
}
