import { MOODS } from "../lib/labels";

const [W, H, PAD] = [150, 36, 5];

/** The customer's mood from message to message, low is calm. */
export function MoodLine({ moods }: { moods: number[] }) {
  if (!moods.length) return <span className="quiet">还没有</span>;
  const x = (i: number) => PAD + (moods.length === 1 ? W - 2 * PAD : (i * (W - 2 * PAD)) / (moods.length - 1));
  const y = (mood: number) => H - PAD - (Math.min(4, Math.max(0, mood)) * (H - 2 * PAD)) / 4;
  const last = moods[moods.length - 1]!;
  const before = moods[moods.length - 3] ?? moods[0]!;
  const trend = last > before ? "在上升" : last < before ? "在缓和" : "平稳";
  return (
    <div className="mood-line">
      <svg viewBox={`0 0 ${W} ${H}`} width={W} height={H} role="img" aria-label={`情绪变化：${moods.join("、")}`}>
        <line x1={0} x2={W} y1={y(2)} y2={y(2)} className="gate" />
        <polyline points={moods.map((mood, i) => `${x(i)},${y(mood)}`).join(" ")} />
        <circle cx={x(moods.length - 1)} cy={y(last)} r={3.5} className={last >= 3 ? "hot" : ""} />
      </svg>
      <span>
        {MOODS[last] ?? last}，{trend}
      </span>
    </div>
  );
}
