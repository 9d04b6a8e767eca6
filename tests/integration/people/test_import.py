"""The organisation comes from the bank's own lists: all or nothing, every faulty line named, twice is once."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from desk.branches.importing import import_branches, import_staff
from desk.branches.models import Branch
from desk.branches.service import above
from desk.csv_lines import FaultyLines, Imported
from desk.staff.models import Staff

BRANCHES = """name,level,parent,hours,rooms,accessible
甲支行,sub_branch,甲分行,09:00-17:00,2,是
甲分行,branch,甲总行,,,否
甲总行,hq,,,,
"""
STAFF = """工号,姓名,角色,网点,上级工号,技能,语言,会话上限
8812,王示例,branch,甲支行,8800,care、rm,zh-Hans yue,3
8800,李示例,branch,甲支行,,,,
"""


async def names(database, model=Branch, column=Branch.name):
    async with database.snapshot() as session:
        return set(await session.scalars(select(column)))


async def bring(database, reader, text, encoding="utf-8"):
    async with database.transaction() as session:
        return await reader(session, text.encode(encoding))


async def test_a_tree_in_any_order(database):
    assert await bring(database, import_branches, BRANCHES) == Imported(3, 0, 0)
    async with database.snapshot() as session:
        assert [b.name for b in await above(session, "甲支行")] == ["甲分行", "甲总行"]
        room = await session.get_one(Branch, "甲支行")
    assert (room.rooms, room.accessible, f"{room.opens:%H:%M}") == (2, True, "09:00")


async def test_the_same_file_twice_changes_nothing_and_another_changes_what_differs(database):
    await bring(database, import_branches, BRANCHES)
    assert await bring(database, import_branches, BRANCHES) == Imported(0, 0, 3)
    assert await bring(database, import_branches, BRANCHES.replace(",2,是", ",4,是")) == Imported(0, 1, 2)


async def test_colleagues_with_boss_skills_and_languages(database):
    await bring(database, import_branches, BRANCHES)
    assert await bring(database, import_staff, STAFF, "gb18030") == Imported(2, 0, 0)
    async with database.snapshot() as session:
        person = await session.scalar(select(Staff).where(Staff.work_no == "8812"))
    assert (person.branch, person.reports_to, person.max_chats) == ("甲支行", "8800", 3)
    assert (person.skills, person.languages, person.user) == (["care", "rm"], ["zh-Hans", "yue"], "8812")
    assert person.password_hash is None
    assert await bring(database, import_staff, STAFF) == Imported(0, 0, 2)


FAULTY = [
    ("name,level,parent\n甲总行,hq,\n乙支行,sub_branch,丙分行\n", 3, "丙分行"),
    ("name,level,parent\n甲支行,sub_branch,乙支行\n乙支行,sub_branch,甲支行\n", 2, "绕成了圈"),
    ("name,level,parent\n甲总行,hq,\n甲总行,hq,\n", 3, "第2行已经有了"),
    ("name,level,parent\n甲总行,city,\n", 2, "级别"),
    ("name,level,parent,rooms\n甲总行,hq,,两间\n", 2, "洽谈室"),
    ("name,level,parent,hours\n甲总行,hq,,17:00-09:00\n", 2, "营业时间"),
    ("name,level,parent\n甲总行,hq,,,多了\n", 2, "表头只有3列"),
    ("name,level,city\n甲总行,hq,x\n", 1, "city"),
    ("level\nhq\n", 1, "name"),
]


@pytest.mark.parametrize(("text", "line", "why"), FAULTY)
async def test_a_faulty_line_is_named_and_nothing_is_imported(database, text, line, why):
    with pytest.raises(FaultyLines) as told:
        await bring(database, import_branches, text)
    assert [number for number, fault in told.value.lines if why in fault] == [line] or line in dict(told.value.lines)
    assert any(why in fault for _, fault in told.value.lines), told.value.lines
    assert await names(database) == set()


async def test_every_faulty_line_at_once_and_no_colleague_without_a_branch(database):
    await bring(database, import_branches, BRANCHES)
    text = "work_no,name,role,branch,reports_to\n1,甲,agent,没有的支行,\n2,乙,king,,\n3,丙,agent,甲支行,9\n4,丁,agent,甲支行,\n"
    with pytest.raises(FaultyLines) as told:
        await bring(database, import_staff, text)
    assert [line for line, _ in told.value.lines] == [2, 3, 4]
    assert await names(database, Staff, Staff.work_no) == set()


async def test_a_sign_in_name_belongs_to_one(database):
    text = "work_no,name,role,user\n1,甲,agent,same\n2,乙,agent,same\n"
    with pytest.raises(FaultyLines, match="什么都没有导入") as told:
        await bring(database, import_staff, text)
    assert told.value.lines == [(3, "登录名“same”已经属于工号1")]


async def test_nobody_is_his_own_boss_three_steps_later(database):
    text = "work_no,name,role,reports_to\n1,甲,agent,2\n2,乙,agent,3\n3,丙,agent,1\n"
    with pytest.raises(FaultyLines):
        await bring(database, import_staff, text)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from api.cli import app
    from desk.settings import settings

    monkeypatch.setenv("SANBIAN_DATABASE_URL", f"sqlite+aiosqlite:///{tmp_path / 'cli.db'}")
    settings.cache_clear()
    file = tmp_path / "branches.csv"
    file.write_text(BRANCHES, encoding="utf-8")
    run = CliRunner().invoke
    assert "3 added, 0 changed, 0 unchanged" in run(app, ["import", "branches", str(file)]).output
    file.write_text(BRANCHES.replace("hq", "city"), encoding="utf-8")
    told = run(app, ["import", "branches", str(file)])
    assert told.exit_code == 2
    assert f"{file}:4: 级别" in told.output
    assert run(app, ["import", "branches", str(tmp_path / "missing.csv")]).exit_code == 1
