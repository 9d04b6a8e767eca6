import type { ReactNode } from "react";
import type { Change, Commitment, Fact } from "../api/types";
import { FACT_ORDER, changeAnswer, changeName, commitmentState, factName, factStatus } from "../lib/labels";
import { sayShort } from "../lib/time";
import { sayValue } from "../lib/value";
import { Due } from "./tags";

export function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function rank(key: string): number {
  const at = FACT_ORDER.indexOf(key);
  return at < 0 ? FACT_ORDER.length : at;
}

export function Facts({ facts }: { facts: Record<string, Fact> | null | undefined }) {
  const entries = Object.entries(facts ?? {}).sort(([a], [b]) => rank(a) - rank(b));
  if (!entries.length) return <p className="quiet">还没有记下什么</p>;
  return (
    <dl className="facts">
      {entries.map(([key, { value, status }]) => (
        <div key={key}>
          <dt>{factName(key)}</dt>
          <dd>
            {sayValue(value)} {factStatus(status) && <span className="quiet">{factStatus(status)}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

export function Commitments({ promises }: { promises: Commitment[] | null | undefined }) {
  if (!promises?.length) return <p className="quiet">没有</p>;
  return (
    <ul className="lines">
      {promises.map((promise, i) => (
        <li key={i} className={promise.state === "voided" ? "void" : ""}>
          <span>{promise.content}</span>
          <small>
            <Due at={promise.due_at} met={promise.state === "kept" || promise.state === "voided"} />
            <b className={promise.state === "broken" ? "bad" : ""}>{commitmentState(promise.state)}</b>
          </small>
        </li>
      ))}
    </ul>
  );
}

export function Changes({ changes }: { changes: Change[] | null | undefined }) {
  if (!changes?.length) return <p className="quiet">没有提出过</p>;
  return (
    <ul className="lines">
      {changes.map((change, i) => (
        <li key={i}>
          <span>
            {changeName(change.kind)} · {changeAnswer(change.answer)}
          </span>
          <small>
            {[change.offered_at && `${sayShort(change.offered_at)} 提出`, change.executed_at && `${sayShort(change.executed_at)} 已办`]
              .filter(Boolean)
              .join(" · ")}
          </small>
        </li>
      ))}
    </ul>
  );
}
