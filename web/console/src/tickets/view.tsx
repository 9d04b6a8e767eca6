import { ArrowLeftOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Result, Skeleton, Tag, Timeline } from "antd";
import { useState } from "react";
import { desk } from "../api/desk";
import { detailOf } from "../api/http";
import type { Grievance, Step, Survey, Ticket } from "../api/types";
import { DECIDABLE, causeJrt, causeSix, outcomeName, roleName, speakerName, surveyAnswer, surveyItem, surveyState, ticketState, ticketType } from "../lib/labels";
import { go, hashOf } from "../lib/route";
import { sayTime } from "../lib/time";
import { sayValue } from "../lib/value";
import { Changes, Commitments, Facts, Section } from "../parts/facts";
import { Due, PriorityTag, When } from "../parts/tags";
import { Decide } from "./decide";
import { isOver, sayResponsible } from "./list";

/** A person by work number, the machine or the customer by name. */
const sayActor = (by: string) => (/^\d+$/.test(by) ? `工号${by}` : roleName(speakerName(by)));

function Grievances({ items }: { items: Grievance[] }) {
  if (!items.length) return <p className="quiet">没有</p>;
  return (
    <ol className="grievances">
      {items.map((item, i) => (
        <li key={i}>
          <p>{item.what}</p>
          <small className="quiet">
            {[
              item.cause_six ? `原因：${causeSix(String(item.cause_six))}` : "",
              item.cause_jrt?.length ? `分类：${item.cause_jrt.map((code) => causeJrt(code)).join("、")}` : "",
              sayValue(item.amount) && `金额：${sayValue(item.amount)}`,
            ]
              .filter(Boolean)
              .join(" · ")}
          </small>
        </li>
      ))}
    </ol>
  );
}

function History({ steps }: { steps: Step[] }) {
  return (
    <Timeline
      items={[...steps].reverse().map((step, i) => ({
        key: i,
        color: i ? "gray" : "blue",
        content: (
          <div>
            <b>{ticketState(step.to)}</b> {step.reason && <span>{step.reason}</span>}
            <br />
            <small className="quiet">
              {sayTime(step.at)} · {sayActor(step.by)}
            </small>
          </div>
        ),
      }))}
    />
  );
}

/** Scores and words, for who may see them. */
function told(survey: Survey): [string, unknown][] {
  const words = { reason: survey.reason, comment: survey.comment };
  return Object.entries({ ...survey.answers, ...words }).filter(([, value]) => value != null);
}

function Surveys({ surveys }: { surveys: Survey[] }) {
  if (!surveys.length) return <p className="quiet">决定告知后回访</p>;
  return surveys.map((survey, i) => (
    <dl className="facts" key={i}>
      <div>
        <dt>状态</dt>
        <dd>
          {surveyState(survey.state)}
          {survey.satisfied === true && <Tag color="green" variant="filled" className="left-gap">满意</Tag>}
          {survey.satisfied === false && <Tag color="red" variant="filled" className="left-gap">不满意</Tag>}
        </dd>
      </div>
      {told(survey).map(([key, value]) => (
        <div key={key}>
          <dt>{surveyItem(key)}</dt>
          <dd>{surveyAnswer(sayValue(value))}</dd>
        </div>
      ))}
    </dl>
  ));
}

function Decision({ decision }: { decision: NonNullable<Ticket["decision"]> }) {
  return (
    <Section title="处理决定">
      <p className="outcome">
        <b>{outcomeName(decision.outcome)}</b>
        <span className="quiet">
          {decision.by && sayActor(decision.by)} {sayTime(decision.at)}
        </span>
      </p>
      <p className="told">{decision.text}</p>
    </Section>
  );
}

function Head({ ticket, onDecide }: { ticket: Ticket; onDecide(): void }) {
  return (
    <header className="ticket-head">
      <Button type="text" icon={<ArrowLeftOutlined />} aria-label="回到工单列表" onClick={() => go({ page: "tickets", number: null })} />
      <div className="one-who">
        <h2>
          <PriorityTag priority={ticket.priority} /> {ticket.number}{" "}
          <Tag variant="filled" data-testid="ticket-state">
            {ticketState(ticket.state)}
          </Tag>
        </h2>
        <p>
          <span>{ticketType(ticket.type)}</span>
          <span>责任人 {sayResponsible(ticket.owner)}</span>
        </p>
      </div>
      <div className="actions">
        {ticket.conversation_id && (
          <Button href={hashOf({ page: "conversations", state: "mine", id: ticket.conversation_id })}>打开会话</Button>
        )}
        {DECIDABLE.includes(ticket.state) && (
          <Button type="primary" onClick={onDecide} data-testid="decide">
            作出决定
          </Button>
        )}
      </div>
    </header>
  );
}

export function TicketView({ number }: { number: string }) {
  const [deciding, setDeciding] = useState(false);
  const query = useQuery({ queryKey: ["ticket", number], queryFn: () => desk.ticket(number), refetchInterval: 15_000 });
  const ticket = query.data;
  if (query.isPending) return <Skeleton active className="pad" />;
  if (!ticket)
    return (
      <Result
        status="warning"
        title="打不开这张工单"
        subTitle={detailOf(query.error)}
        extra={<Button onClick={() => go({ page: "tickets", number: null })}>回到工单列表</Button>}
      />
    );
  const over = isOver(ticket);
  return (
    <article className="sheet">
      <Head ticket={ticket} onDecide={() => setDeciding(true)} />
      {query.isError && <Alert type="warning" banner title={`显示的可能不是最新情况：${detailOf(query.error)}`} />}
      <dl className="dates">
        <div>
          <dt>收到</dt>
          <dd>
            <When at={ticket.received_at} />
          </dd>
        </div>
        <div>
          <dt>首次答复期限</dt>
          <dd>
            <Due at={ticket.answer_due} met={over} />
          </dd>
        </div>
        <div>
          <dt>处理决定期限</dt>
          <dd>
            <Due at={ticket.decision_due} met={over} />
          </dd>
        </div>
      </dl>
      <div className="two">
        <div className="sections">
          {ticket.decision && <Decision decision={ticket.decision} />}
          <Section title="反映的事">
            <Grievances items={ticket.items ?? []} />
          </Section>
          <Section title="五何">
            <Facts facts={ticket.facts} />
          </Section>
          <Section title="承诺">
            <Commitments promises={ticket.promises} />
          </Section>
          <Section title="三变">
            <Changes changes={ticket.changes} />
          </Section>
        </div>
        <div className="sections">
          <Section title="经过">
            <History steps={ticket.history ?? []} />
          </Section>
          <Section title="回访">
            <Surveys surveys={ticket.surveys ?? []} />
          </Section>
        </div>
      </div>
      <Decide ticket={ticket} open={deciding} onClose={() => setDeciding(false)} />
    </article>
  );
}
