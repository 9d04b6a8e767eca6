import { TicketList } from "./list";
import { TicketView } from "./view";

export function Tickets({ number }: { number: string | null }) {
  return <main className="tickets">{number ? <TicketView key={number} number={number} /> : <TicketList />}</main>;
}
