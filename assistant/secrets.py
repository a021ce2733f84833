"""Takes secrets out of text that a person or a log will see. Knows no reader and no setting."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

#: Anything shaped like a key, whole or as servers echo it: sk-ab***yz, Bearer abc; and the login of an address.
KEYLIKE = re.compile(r"\b(?:sk|pk|key|hf)[-_][\w*.…-]{4,}|Bearer\s+\S+|(?<=://)[^/\s@]+@", re.IGNORECASE)
#: What stands in a secret's place.
MASK = "…"
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTHORIZATION", re.IGNORECASE)
#: Shortest value that is taken for a secret: a shorter one would blot out common words.
SHORTEST = 6


def masked(text: str, environ: Mapping[str, str] | None = None) -> str:
    """``text`` without anything shaped like a key and without the values that the environment holds as secrets."""
    for secret in held(os.environ if environ is None else environ):
        text = text.replace(secret, MASK)
    return KEYLIKE.sub(MASK, text)


def held(environ: Mapping[str, str]) -> list[str]:
    """The values of variables whose names say that they are secret, longest first."""
    values = {value.strip() for name, value in environ.items() if _SECRET_NAME.search(name)}
    return sorted((value for value in values if len(value) >= SHORTEST), key=len, reverse=True)
