"""What a request says of the device someone reads on: its kind, and nothing else of it."""
from __future__ import annotations

from flask import request

from elearn.rules import devices


def reads_on() -> str:
    """One of rules.devices.DEVICES."""
    return devices.device(request.headers.get("User-Agent", ""), request.headers.get("Sec-CH-UA-Mobile", ""))
