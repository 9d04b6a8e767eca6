"""变地: another place, with an explicit yes whose wording is kept (SD019, 3-dialogue.md 3.6)."""

from __future__ import annotations

from collections.abc import Sequence

from actions.base import DeskAction, Turn
from actions.times import say_slots
from desk.appointments.slots import ROOM
from desk.changes.places import PRIVATE, places_for
from desk.changes.service import drop_other_offers, offer, record
from desk.consents.service import record_consent
from desk.intake.service import present_case
from desk.recusal.service import branches_kept_off
from desk.tickets.models import Ticket


class ChangePlace(DeskAction):
    """变地: with an explicit yes to a wording that is kept; the ticket follows, and a public place never carries personal
    data (row 12)."""

    action_name = "action_change_place"

    async def act(self, turn: Turn) -> None:
        draft, place = turn.draft, self._wish(turn)
        ticket = await present_case(turn.session, draft)
        public = draft.place == "public"
        places = await places_for(turn.session, turn.policy, ticket, draft.now)
        if place is None or (place not in places and not (public and place == PRIVATE)):
            await self._ask(turn, ticket, places, wanted=place)
            return
        await drop_other_offers(turn.session, draft.conversation_id, "change_place", draft.now)
        consent = await record_consent(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_place"),
            purpose="change_place",
            # In public the offer itself is the wording; elsewhere the place is chosen with the wording beside it.
            text=turn.text("changes.offer.change_place") if public else turn.text("changes.place.consent"),
            given=True,
            now=draft.now,
            seq=draft.seq,
        )
        await record(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_place"),
            kind="change_place",
            rows=[12],
            answer="accepted",
            now=draft.now,
            mood=draft.reading.mood.level,
            target=place,
            source=draft.place,
            # Somebody who is in the private place already has only to go on writing.
            executed=place == PRIVATE and not public,
            consent_text_version=consent.version,
        )
        if place == PRIVATE:
            await self._go_private(turn)
            return
        avoid = branches_kept_off(ticket) if place == ROOM else []
        told = turn.text("changes.place.avoid", names="、".join(avoid)) if avoid else ""
        lead = turn.text("changes.place.consent") + turn.text(f"changes.place.{place}", avoid=told)
        await say_slots(turn, rows=[12], place=place, lead=lead)

    @staticmethod
    def _wish(turn: Turn) -> str | None:
        args, text = turn.draft.args, turn.draft.reading.normalised
        if args.get("place"):
            return str(args["place"])
        words = {
            PRIVATE: ("私聊", "私信", "私下", "单独聊"),
            "phone": ("电话", "打给我", "回电", "通话"),
            "video": ("视频",),
            "home_visit": ("上门", "来我家", "到家里"),
            ROOM: ("网点", "当面", "支行", "过去谈", "面谈"),
        }
        named = next((place for place, marks in words.items() if any(mark in text for mark in marks)), None)
        return named or (PRIVATE if turn.draft.place == "public" else None)

    @staticmethod
    async def _ask(turn: Turn, ticket: Ticket | None, places: Sequence[str], *, wanted: str | None) -> None:
        draft = turn.draft
        await offer(
            turn.session,
            conversation_id=draft.conversation_id,
            ticket=ticket.number if ticket else None,
            effect=draft.effect("change_place"),
            kind="change_place",
            rows=[12],
            now=draft.now,
            mood=draft.reading.mood.level,
            target=None,
            options=places,
            initiated_by="customer",
        )
        draft.question = {"kind": "place"}
        names = "，".join(turn.text(f"changes.place.names.{place}") for place in places)
        full = turn.text("changes.place.no_room") if wanted == ROOM else ""
        turn.say(
            full + turn.text("changes.place.ask", places=names) + turn.text("changes.place.consent"),
            phase="escalate",
            buttons=[
                (turn.text(f"changes.button.{place}"), {"intent": "request_other_place", "args": {"place": place}})
                for place in places
            ],
        )

    @staticmethod
    async def _go_private(turn: Turn) -> None:
        draft = turn.draft
        if draft.place == "public":
            turn.say(turn.text("changes.place.private"), phase="escalate", place="public")
            draft.place = "private"
            turn.say(turn.text("changes.place.private_hello"), phase="facts", place="private")
            turn.stage("facts" if draft.case_number else "open")
            return
        turn.say(turn.text("gratitude.listen"), phase="escalate")
