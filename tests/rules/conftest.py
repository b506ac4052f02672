"""No deadline for generated examples: what is tested is what the rules say, not how busy the machine is."""
from __future__ import annotations

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
