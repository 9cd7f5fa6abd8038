import { makeSwitch } from '../switch.ts';

export const keySheet = makeSwitch();
