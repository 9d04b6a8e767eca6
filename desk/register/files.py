"""The register as files people open."""

from __future__ import annotations

import csv
import io

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

from desk.register.service import Register

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(register: Register) -> bytes:
    """UTF-8 with a mark at the front: without it spreadsheets on Windows show Chinese as noise."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(register.columns)
    writer.writerows(tuple(_plain(value) for value in row) for row in register.rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(register: Register) -> bytes:
    """One sheet, every cell text."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("投诉登记")
    sheet.append(list(register.columns))
    for row in register.rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, value)
            # A customer's "=1+1" must stay words: data_type s keeps the program from reading a formula.
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _plain(value: str) -> str:
    """A customer's words that begin like a formula get a ' in front, so that no spreadsheet runs them."""
    return f"'{value}" if value.startswith(_FORMULA) else value
