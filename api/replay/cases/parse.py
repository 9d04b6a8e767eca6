"""Reading the cases of a file, strictly: a misspelt field would otherwise measure something else, silently."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from api.replay.cases.case import Case
from api.replay.cases.turns import TAGS


class MalformedCases(ValueError):
    """The file cannot be played; the message is one sentence that names the field."""


_CASES = TypeAdapter(list[Case])


def parse_cases(raw: Any) -> list[Case]:
    """The cases in decoded JSON. Raises MalformedCases naming the case and the field."""
    if not isinstance(raw, list):
        raise MalformedCases("the file must hold a list of cases")
    try:
        cases = _CASES.validate_python(raw)
    except ValidationError as error:
        raise MalformedCases(_sentence(raw, error)) from None
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise MalformedCases(f"case {case.id}: id stands twice")
        seen.add(case.id)
    return cases


def load_cases(path: Path) -> list[Case]:
    """The cases in a file. Raises MalformedCases, also when it cannot be read or is not JSON."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MalformedCases(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise MalformedCases(f"{path} is not JSON: {error}") from None
    return parse_cases(raw)


def _sentence(raw: list[Any], error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    unknown = [problem for problem in problems if problem["type"] == "extra_forbidden"]
    problem = next(iter(unknown), problems[0])
    number, field = int(problem["loc"][0]), _field(problem["loc"][1:])
    case = raw[number] if isinstance(raw[number], dict) else {}
    name = f"case {case.get('id', number + 1)}"
    if unknown:
        names = [_field(other["loc"][1:]) for other in unknown if other["loc"][0] == number]
        return f"{name}: unknown field{'s' * (len(names) > 1)} {', '.join(names)}"
    if problem["type"] == "missing":
        return f"{name}: {field} is missing"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "no_turn":
        return f"{name}: {field} {message}"
    return f"{name}: {field}: {message}" if field else f"{name}: {message}"


def _field(where: tuple[int | str, ...]) -> str:
    """`turns[2].after_s` – the way through the file, without the names of our own unions."""
    path = ""
    for n, part in enumerate(where):
        if isinstance(part, int):
            path += f"[{part}]"
        elif part in TAGS and n == 2 and where[0] == "turns":
            continue
        elif isinstance(part, str):
            path += f".{part}" if path else part
    return path
