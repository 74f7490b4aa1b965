"""The seminar's web page behind a private link."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.documents.dossier import Dossier
from bot.documents.timeline import timeline
from handlers.domain.assessment import due_text, finding_line
from handlers.domain.seminar import state_of
from handlers.seminars.overview import next_line, progress, reference_line

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(dossier: Dossier) -> bytes:
    assessment, states = dossier.assessment, dossier.states
    done, every = progress(assessment.items, states)
    rows = [(item, state_of(states, item.key)) for item in assessment.items]
    stages = [(stage, list(group)) for stage, group in groupby(rows, key=lambda row: row[0].stage)]
    html = _pages.get_template("seminar.html").render(
        dossier=dossier,
        reference=reference_line(assessment) if assessment.ruling.reference else "",
        next=next_line(assessment, states, dossier.today),
        done=done,
        every=every,
        line=timeline(dossier),
        stages=stages,
        line_of=finding_line,
        due_text=due_text,
    )
    return html.encode()
