"""Stand-in until worker R1's service lands."""
from __future__ import annotations

import re
from datetime import datetime

from desk.reading.acts import read_acts
from desk.reading.facts.service import read_facts
from desk.reading.mood import read_mood
from desk.reading.normalise import normalise
from desk.reading.risk import find_risk
from desk.reading.schemas import MoodHistory, Reading
from desk.reading.script import script_of


class Reader:
    def read(self, text: str, *, now: datetime, history: MoodHistory | None = None, asked: tuple[str, ...] = ()) -> Reading:
        n=normalise(text); r=find_risk(n)
        threat="media" if re.search("抖音|微博|曝光|记者|黑猫",n) else "regulator" if re.search("12378|银保监|12345|监管",n) else "legal" if re.search("律师|法院|起诉|法庭",n) else None
        staff=bool(re.search("柜员|大堂|经理|客服|窗口|行员|专员",n)) and bool(re.search("态度|脸|骂|推|扔|挂|不理|凶",n))
        return Reading(script=script_of(text),normalised=n,mood=read_mood(n,history or MoodHistory()),risk=r.risk if r else None,risk_stage=r.stage if r else None,threat=threat,complaint=bool(re.search("投诉|客诉|什么态度|过分|骗子|退不退|闪退|少吐|强推|不认账|反映",n)),staff_implicated=staff,second_complaint=bool(re.search("三遍|三次|好几遍|上次.*没解决|第三次",n)),public_place=bool(re.search("大家小心|群里|公开",n)),acts=read_acts(n),facts=read_facts(n,text,now,asked))
