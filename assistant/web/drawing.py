"""The map and the timeline as Plotly figures, in colours that serve on light and on dark paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from assistant.web.mapping import Map
from ingest.papers import Paper

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

#: Ten hues of middling lightness: each keeps a contrast of 3:1 to white and to near-black.
HUES = ("#3b82c4", "#c2671f", "#2f9a6a", "#c14f7c", "#8468c8", "#8d7f1f", "#1f95a3", "#b4503e", "#6f8a2d", "#7a7f8a")
QUIET = "#8a857c"
#: A paper that the answer cites.
CITED = "#e0a100"


def map_figure(chart: Map, cited: Collection[str] = ()) -> Figure:
    """A point for each paper, coloured and named by cluster; the papers of ``cited`` (ids) ringed and enlarged."""
    import plotly.graph_objects as go

    figure = go.Figure()
    for number, cluster in enumerate(chart.clusters):
        members = list(cluster.members)
        figure.add_trace(
            go.Scattergl(
                x=chart.points[members, 0],
                y=chart.points[members, 1],
                mode="markers",
                name=cluster.name,
                marker={"size": 8, "color": HUES[number % len(HUES)], "opacity": 0.75},
                customdata=[chart.papers[place].id for place in members],
                text=[_hover(chart.papers[place]) for place in members],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    lit = [place for place, paper in enumerate(chart.papers) if paper.id in cited]
    if lit:
        figure.add_trace(
            go.Scattergl(
                x=chart.points[lit, 0],
                y=chart.points[lit, 1],
                mode="markers",
                name="Cited in this conversation",
                marker={"size": 17, "color": CITED, "line": {"width": 2, "color": "#5c4200"}, "symbol": "star"},
                customdata=[chart.papers[place].id for place in lit],
                text=[_hover(chart.papers[place]) for place in lit],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    hidden = {"visible": False}
    figure.update_layout(
        **_layout(560), xaxis=hidden, yaxis=hidden, legend={"orientation": "h", "y": -0.02, "yanchor": "top"}
    )
    return figure


def timeline_figure(papers: Iterable[Paper]) -> Figure:
    """Papers by month of listing; those without a date can't be shown."""
    import plotly.graph_objects as go

    months = Counter(f"{paper.listed:%Y-%m}-01" for paper in papers if paper.listed)
    dates = sorted(months)
    figure = go.Figure(
        go.Bar(
            x=dates,
            y=[months[day] for day in dates],
            marker={"color": HUES[0]},
            hovertemplate="%{x|%B %Y}: %{y}<extra></extra>",
        )
    )
    figure.update_layout(
        **_layout(240), xaxis={"type": "date", "showgrid": False}, yaxis={"gridcolor": "rgba(138,133,124,.25)"}
    )
    return figure


def _hover(paper: Paper) -> str:
    # Plotly's labels take a little HTML: an angle bracket in a title must stay one.
    title = "\n".join(wrap(paper.title, 50))
    safe = title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br>")
    return safe + (f"<br>{paper.listed.day} {paper.listed:%b %Y}" if paper.listed else "")


def _layout(height: int) -> dict[str, Any]:
    return {
        "height": height,
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": QUIET, "family": "system-ui, sans-serif"},
        "margin": {"l": 30, "r": 10, "t": 10, "b": 30},
        "hoverlabel": {"align": "left"},
    }
