"""What kind of device someone reads on: one of four words, and nothing by which the device could be known again."""
from __future__ import annotations

import re
from typing import Final

DEVICES: Final = ("phone", "tablet", "computer", "unknown")

_LONGEST: Final = 400
"""Characters that are looked at: browsers say what they are on well before."""

_TABLET: Final = re.compile(r"iPad|Tablet|PlayBook|Kindle|Silk/(?!.*Mobile)|Android(?!.*Mobile)")
_PHONE: Final = re.compile(r"Mobi|iPhone|iPod")
_COMPUTER: Final = re.compile(r"Windows NT|Macintosh|CrOS|X11|Linux")


def device(agent: str, mobile: str = "") -> str:
    """The kind of device, from the User-Agent header and, where a browser sends it, Sec-CH-UA-Mobile ("?1" or "?0").

    The names are those that browsers document themselves: Android tablets leave out "Mobile" (Chrome), Firefox says "Tablet". An iPad
    that asks for desktop sites says it is a Macintosh, and is counted as a computer: it wants to be taken for one.
    """
    agent = agent[:_LONGEST]
    if _TABLET.search(agent):
        return "tablet"
    if mobile == "?1" or _PHONE.search(agent):
        return "phone"
    return "computer" if _COMPUTER.search(agent) else "unknown"
