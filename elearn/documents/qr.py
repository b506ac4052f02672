"""A QR code as the path of its dark squares."""
from __future__ import annotations

import segno


def qr_path(text: str) -> str:
    """``size|path``: the number of squares on a side, and an SVG path of the dark ones, one unit each. Level M: a sixth may be worn off."""
    code = segno.make(text, error="m", micro=False, boost_error=False)
    rows = list(code.matrix)
    return f"{len(rows)}|" + "".join(_runs(y, row) for y, row in enumerate(rows))


def _runs(y: int, row: bytearray | tuple[int, ...]) -> str:
    path, x = "", 0
    while x < len(row):
        run = next((i for i in range(x, len(row)) if not row[i]), len(row)) - x
        path += f"M{x} {y}h{run}v1h-{run}z" if run else ""
        x += run or 1
    return path
