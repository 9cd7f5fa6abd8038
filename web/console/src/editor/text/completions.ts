/** What `{{` may go on with. */
export interface Completion {
  /** What is written between the braces. */
  name: string;
  /** What it is: "an input", "stage 2, Facts". */
  from: string;
}
