"""Writes a report as a CSV file that no spreadsheet can be tricked with."""
from __future__ import annotations

import csv
import re
import unicodedata
from datetime import date
from io import StringIO
from urllib.parse import quote

from elearn.reports.report import Report, Value

FORMULA_STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")
"""A cell that begins with one of these can be run as a formula (OWASP ASVS 1.2.10), also in its full-width form."""

BOM = "\ufeff"
"""Without it Excel does not read the file as UTF-8."""

LONGEST_NAME = 80


def cell(value: Value) -> str:
    """The text of one cell. What could be read as a formula gets an apostrophe in front, which spreadsheets take for "this is text"."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    plain = value.replace("\0", "")
    shown = plain.lstrip(" \u00a0\u3000\u200b\ufeff")
    return f"'{plain}" if value[:1] in FORMULA_STARTS or shown[:1] in FORMULA_STARTS else plain


def write(report: Report) -> bytes:
    """The file: what it is and when it was true in the first line, then the columns, then the rows (RFC 4180, in UTF-8)."""
    out = StringIO(newline="")
    lines = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    lines.writerow([cell(report.heading)])
    lines.writerow([cell(name) for name in report.columns])
    lines.writerows([cell(value) for value in row] for row in report.rows)
    return (BOM + out.getvalue()).encode()


def file_name(*parts: str) -> str:
    """A name for a file from words: letters and digits of any script, joined by hyphens, with the ending ``.csv``."""
    words = "-".join(re.findall(r"\w+", unicodedata.normalize("NFC", " ".join(parts)).lower()))
    return f"{words[:LONGEST_NAME].strip('-_') or 'report'}.csv"


def disposition(name: str) -> str:
    """The header Content-Disposition for a download of that name (RFC 6266): a plain one for old browsers, and the true one."""
    decomposed = unicodedata.normalize("NFKD", name)
    ascii_name = re.sub(r"[^A-Za-z0-9._-]+", "", decomposed.encode("ascii", "ignore").decode()).lstrip(".-") or "report.csv"
    return f"attachment; filename=\"{ascii_name}\"; filename*=UTF-8''{quote(name, safe='')}"
