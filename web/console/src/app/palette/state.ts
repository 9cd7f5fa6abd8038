import { makeSwitch } from '../switch.ts';

export const palette = makeSwitch();
