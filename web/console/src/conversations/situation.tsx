import { Alert, Tag } from "antd";
import type { Appointment, Conversation, Handoff } from "../api/types";
import { appointmentName, appointmentState, changeName, factName, reasonName, ticketState } from "../lib/labels";
import { hashOf } from "../lib/route";
import { sayTime } from "../lib/time";
import { sayValue } from "../lib/value";
import { Changes, Commitments, Facts, Section } from "../parts/facts";
import { MoodLine } from "../parts/mood-line";

function Named({ label, values, name = (code) => code }: { label: string; values: unknown[] | null | undefined; name?(code: string): string }) {
  const said = (values ?? []).map((value) => name(sayValue(value))).filter(Boolean);
  if (!said.length) return null;
  return (
    <div>
      <dt>{label}</dt>
      <dd>{said.join("、")}</dd>
    </div>
  );
}

/** What the next person must know before writing the first line. */
function Packet({ handoff }: { handoff: Handoff }) {
  return (
    <section className="section packet">
      <h3>交接</h3>
      {handoff.note && (
        <blockquote>
          {handoff.note}
          {handoff.from && <cite>工号{handoff.from}</cite>}
        </blockquote>
      )}
      {handoff.customer_not_told && <Alert type="error" showIcon className="gap" title="客户还不知道编号和日期，请先告诉他" />}
      {handoff.summary && <p>{sayValue(handoff.summary)}</p>}
      <dl className="facts">
        <Named label="原因" values={[handoff.reason]} name={reasonName} />
        <Named label="已答应" values={handoff.promised} />
        <Named label="没说出去" values={handoff.not_told} />
        <Named label="已谢绝" values={handoff.declined} name={changeName} />
        <Named label="不要再问" values={handoff.do_not_ask} name={factName} />
      </dl>
      {handoff.exclusions && handoff.exclusions.length > 0 && (
        <Alert type="warning" showIcon title={`需回避：${handoff.exclusions.map(sayValue).join("、")}`} />
      )}
    </section>
  );
}

function Appointments({ appointments }: { appointments: Appointment[] }) {
  return (
    <ul className="lines">
      {appointments.map((one, i) => (
        <li key={i}>
          <span>
            {appointmentName(one.kind) || "预约"} · {sayTime(one.start)}
          </span>
          <small>
            {one.place && `${one.place} · `}
            {appointmentState(one.state)}
          </small>
        </li>
      ))}
    </ul>
  );
}

export function Situation({ one }: { one: Conversation }) {
  const tickets = one.tickets ?? [];
  return (
    <div className="sections">
      {one.handoff && <Packet handoff={one.handoff} />}
      <Section title="五何">
        <Facts facts={one.facts} />
      </Section>
      <Section title="情绪">
        <MoodLine moods={one.moods ?? []} />
      </Section>
      <Section title="承诺">
        <Commitments promises={one.promises} />
      </Section>
      <Section title="三变">
        <Changes changes={one.changes} />
      </Section>
      {one.appointments && one.appointments.length > 0 && (
        <Section title="预约">
          <Appointments appointments={one.appointments} />
        </Section>
      )}
      <Section title="工单">
        {tickets.length ? (
          <ul className="lines">
            {tickets.map(({ number, state }) => (
              <li key={number} className="row">
                <a href={hashOf({ page: "tickets", number })}>{number}</a>
                <Tag variant="filled">{ticketState(state)}</Tag>
              </li>
            ))}
          </ul>
        ) : (
          <p className="quiet">还没有工单</p>
        )}
      </Section>
    </div>
  );
}
