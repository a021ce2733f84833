"""Writes the API reference: ``python -m tests.docs [FOLDER]``, ``build/docs`` unless told otherwise.

A warning is an error: a name that can't be resolved or a docstring that can't be rendered stops it.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import pdoc
import pdoc.render

import assistant

#: What a program that uses the project may import; the rest are its rooms. Training needs the extra ``local``.
MODULES = ("assistant", "ingest", "!ingest.training")


def write(folder: Path) -> None:
    """The reference of :data:`MODULES` as HTML below ``folder``. Raises the first warning as an error."""
    # pdoc looks into a module's own names, where what __getattr__ brings stands only once it was asked for.
    setattr(assistant, "Assistant", assistant.Assistant)  # noqa: B010 (a module attribute is no constant to pyright)
    pdoc.render.configure(docformat="restructuredtext", show_source=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        pdoc.pdoc(*MODULES, output_directory=folder)


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "build/docs"))
