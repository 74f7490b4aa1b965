"""What people ask about."""

from __future__ import annotations

from knowledge.model.notice import Model


class Topic(Model):
    """`decline` is the reason where the notices do not answer it; `say` is then the reply and `nearest` the
    topic whose clause helps. `about_next_year` marks topics about the following year, so that 明年 is not
    taken for a plan year. `covers` makes it an overview, answered by those topics in order.
    """

    id: str
    label: str
    examples: tuple[str, ...]
    decline: str = ""
    say: str = ""
    nearest: str = ""
    about_next_year: bool = False
    related: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
