"""Sending someone to another site after they have pressed a button here."""
from __future__ import annotations

from flask import Response, g
from markupsafe import escape


def page(address: str, title: str = "…", words: str = "Go on") -> Response:
    """A small page of ours that moves on to *address* at once.

    The content security policy lets a form lead to our own pages only, redirects included, so the browser is told by ``Refresh``, which also
    takes this page's place in its history. The other site is not told where its visitor came from.
    """
    g.token_page = True
    html = (
        '<!doctype html><html lang="en-GB"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title>'
        f'<p><a href="{escape(address)}" rel="noreferrer">{escape(words)}</a></p></html>'
    )
    return Response(html, headers={"Refresh": f"0; url={address}"})
