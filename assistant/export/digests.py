"""A digest as a document: plain text for a mail, Markdown for a page. Markup in titles and quotes is escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from assistant.answers import Digest, Finding, Section
from assistant.export.markdown import escaped, facts, link
from assistant.export.references import address, one_line


def digest_markdown(digest: Digest, *, quiet: bool = False) -> str:
    """A heading, then a section a topic; ``quiet`` leaves out topics without news."""
    parts = [f"# New papers, {digest.day.isoformat()}"]
    for section in _told(digest, quiet):
        parts.append(f"## {escaped(section.topic)}")
        parts.append(f"*{_opening(section)}*")
        if section.findings:
            parts.append("\n".join(_item(finding) for finding in section.findings))
    parts += [f"*{escaped(note)}*" for note in _notes(digest)]
    return "\n\n".join(parts) + "\n"


def digest_text(digest: Digest, *, quiet: bool = False) -> str:
    """The digest in lines that read well in a mail or a terminal; ``quiet`` as for Markdown."""
    lines = [f"New papers, {digest.day.isoformat()}"]
    for section in _told(digest, quiet):
        lines += ["", one_line(section.topic), _opening(section)]
        for finding in section.findings:
            lines += ["", *_lines(finding)]
    if notes := _notes(digest):
        lines += ["", *notes]
    return "\n".join(lines) + "\n"


def _told(digest: Digest, quiet: bool) -> Iterator[Section]:
    return (section for section in digest.sections if section.findings or not quiet)


def _opening(section: Section) -> str:
    count = len(section.findings)
    if not count:
        return f"Nothing new since {section.since.isoformat()}."
    more = f"; {section.more} more" if section.more else ""
    return f"{count} new paper{'s' if count > 1 else ''} since {section.since.isoformat()}{more}."


def _notes(digest: Digest) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for section in digest.sections for note in section.notes)) + digest.notes


def _item(finding: Finding) -> str:
    citation = finding.citation
    known = ", ".join(part for part in (facts(citation.paper), link(citation.paper)) if part)
    lines = [f"- [{citation.number}] **{escaped(citation.paper.title)}**{f' ({known})' if known else ''}"]
    if citation.quote:
        lines.append(f"  - “{escaped(citation.quote)}”")
    if finding.duplicates:
        lines.append(f"  - {_also(finding, escaped)}")
    return "\n".join(lines)


def _lines(finding: Finding) -> Iterator[str]:
    paper = finding.citation.paper
    known = ", ".join(part for part in (paper.listed.isoformat() if paper.listed else "", paper.organization) if part)
    yield f"  [{finding.citation.number}] {one_line(paper.title)}{f' ({one_line(known)})' if known else ''}"
    if finding.citation.quote:
        yield f"      “{one_line(finding.citation.quote)}”"
    if url := address(paper):
        yield f"      {one_line(url)}"
    if finding.duplicates:
        yield f"      {_also(finding, one_line)}"


def _also(finding: Finding, shown: Callable[[str], str]) -> str:
    titles = "; ".join(f"“{shown(paper.title)}”" for paper in finding.duplicates)
    return f"all but the same: {titles}"
