"""copy: a library to another place."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from assistant.cli.keeping import progress_bar
from assistant.cli.options import choose, json_option


@click.command()
@click.argument("places", metavar="[FROM] TO", nargs=-1, required=True)
@json_option
def copy(places: Sequence[str], as_json: bool) -> int:
    """Copy a library with its vectors: FROM and TO are folders or http://host:port of a Chroma server.

    Without FROM it is the library that the settings name. Every row is compared at the end; a copy that was broken
    off goes on where it stopped.
    """
    if len(places) > 2:
        raise click.UsageError("Give the place to copy to, or the place to copy from and the place to copy to.")
    from assistant.wiring import copy_library, locate

    *given, target = places
    source = given[0] if given else locate(choose({}).settings)
    with progress_bar(hidden=as_json) as progress:
        copied = copy_library(source, target, progress=progress)
    if as_json:
        click.echo(json.dumps(asdict(copied), ensure_ascii=False))
    elif copied.written:
        click.echo(f"{copied.papers} papers copied to {copied.target} and compared, in {copied.seconds:.1f} s.")
    else:
        click.echo(f"{copied.target} holds the same {copied.papers} papers already.")
    return 0
