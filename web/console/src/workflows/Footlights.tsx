import styles from './Footlights.module.css';

const LAMPS = [80, 240, 400, 560, 720, 880, 1040, 1200, 1360];
const LIT = 400;

/** A row of footlights, one of them lit: only where nothing has been made yet. */
export function Footlights() {
  return (
    <div className={styles.footlights}>
      <svg viewBox="0 0 1440 700" preserveAspectRatio="xMidYMax slice" aria-hidden="true">
        <defs>
          <radialGradient id="beam">
            <stop className={styles.b0} offset="0" />
            <stop className={styles.b1} offset=".2" />
            <stop className={styles.b2} offset=".45" />
            <stop className={styles.b3} offset=".75" />
            <stop offset="1" />
          </radialGradient>
        </defs>
        <ellipse className={styles.beam} cx={LIT} cy="674" rx="620" ry="640" />
        {LAMPS.map((x) => (
          <path key={x} className={x === LIT ? styles.lit : styles.lamp} d={`M${x - 15} 674a15 16 0 0 1 30 0z`} />
        ))}
        <path className={styles.board} d="M0 674.5H1440" />
      </svg>
    </div>
  );
}
