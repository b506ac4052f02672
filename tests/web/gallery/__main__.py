"""Serve the gallery to look at it: python -m tests.web.gallery [port] [learner|manager|guest]."""
import sys

from tests.web.gallery import PEOPLE, site

site(PEOPLE.get(sys.argv[2] if len(sys.argv) > 2 else "learner")).run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8123)
