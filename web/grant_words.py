"""What a right to promise says, and what giving or taking one changes for its holder."""

from bridge.models import AuthorityGrant
from bridge.promises import Level
from web import words
from web.languages import say as _
from web.shown import money, word


def sentence(grant: AuthorityGrant, holder: str) -> str:
    """What a right says: "Agent may authorise up to $25.00"."""
    levels = ", ".join(word(level, words.LEVELS) for level in grant.levels)
    if grant.max_amount_minor is None:
        return _("%(who)s: %(levels)s, without a limit", who=holder, levels=levels)
    return _(
        "%(who)s: %(levels)s, up to %(amount)s",
        who=holder,
        levels=levels,
        amount=money(grant.max_amount_minor, grant.currency),
    )


def limits(grant: AuthorityGrant) -> list[str]:
    """Everything else that a right says, one line for each thing."""
    lines = []
    if grant.types:
        lines.append(_("Only: %(list)s", list=", ".join(word(one, words.TYPES) for one in grant.types)))
    if grant.waives:
        lines.append(", ".join(word(one, words.PROOFS) for one in grant.waives))
    if grant.max_percent_hundredths is not None:
        lines.append(_("At most %(percent)s %%", percent=f"{grant.max_percent_hundredths / 100:g}"))
    for minor, said in (
        (grant.budget_day_minor, _("%(amount)s for each person in a day")),
        (grant.budget_month_minor, _("%(amount)s for each person in a month")),
        (grant.max_customer_30d_minor, _("%(amount)s for one customer in 30 days")),
    ):
        if minor is not None:
            lines.append(said % {"amount": money(minor, grant.currency)})
    if grant.any_store:
        lines.append(_("Also promises that any store serves"))
    if grant.cost_bearer != "hq":
        lines.append({"store": _("The store pays"), "vendor": _("The vendor pays")}[grant.cost_bearer])
    return lines


def effects(before: list[AuthorityGrant], after: list[AuthorityGrant]) -> list[tuple[str, str, str]]:
    """What changes for the holder, level by level: the most that one promise may cost, now and then."""
    rows = []
    for level in Level:
        now, then = _most(before, level), _most(after, level)
        if any(level in one.levels for one in [*before, *after]):
            rows.append((word(level, words.LEVELS), now, then))
    return [row for row in rows if row[1] != row[2]]


def _most(held: list[AuthorityGrant], level: Level) -> str:
    having = [one for one in held if level.value in one.levels]
    if not having:
        return ""
    if any(one.max_amount_minor is None for one in having):
        return _("without a limit")
    best = max(having, key=lambda one: one.max_amount_minor or 0)
    return _("up to %(amount)s", amount=money(best.max_amount_minor or 0, best.currency))
