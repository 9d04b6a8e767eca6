"""Stand-in until worker R1's mood measure lands."""
from __future__ import annotations

import re

from desk.reading.schemas import Mood, MoodHistory

L4=re.compile(r"操你|你妈|去死|王八|畜生|狗东西|废物")
L3=re.compile(r"气死|骗子|垃圾|曝光|投诉到底|太过分|什么态度|无耻|坑人|黑心")
L2=re.compile(r"怎么回事|太差|无语|三遍|三次|好几遍|又没|!!|凭什么|受不了|过分|烦")
L1=re.compile(r"有点|不太|麻烦|到底|着急|急死|闪退|一直|强推|怎么还")
def read_mood(text: str, history: MoodHistory) -> Mood:
    level=4 if L4.search(text) else 3 if L3.search(text) else 2 if L2.search(text) else 1 if L1.search(text) else 0
    score=round(0.6*level+0.4*history.score,3)
    trend=level-(history.levels[-2] if len(history.levels)>=2 else 0)
    return Mood(level=level,score=score,trend=trend)
