"""The words of HQ's lists and exports: what a list is called, and what each column of a table holds."""

from web.languages import say_lazily as _

LISTS = {
    "open": _("Open"),
    "late": _("Late"),
    "unseen": _("Not seen by the store"),
    "questions": _("Unanswered questions"),
    "declined": _("Declined"),
    "honoured": _("Honoured"),
    "expired": _("Expired"),
    "ended": _("Ended"),
    "untagged": _("Ended without a cause"),
}

CASE_COLUMNS = {
    "number": _("Number of the case."),
    "status": _("State now, as the API names it."),
    "late": _("Whether a clock has passed its target and still runs."),
    "store_number": _("Store; empty for a promise that counts at several."),
    "store_name": _("Name of the store."),
    "district_name": _("District of the store."),
    "agent_name": _("Who promised it."),
    "level": _("How much it binds the store."),
    "currency": _("ISO 4217 code of the amounts."),
    "authorised_minor": _("What was promised, in the smallest unit of the currency (cents)."),
    "remaining_minor": _("What is left of it, in the same unit."),
    "issued_at": _("When the code was issued, in UTC."),
    "acknowledged_at": _("When the store said that it has seen it."),
    "presented_at": _("When the code was first shown at a store."),
    "ended_at": _("When it ended, in UTC; empty while it is open."),
    "valid_until": _("Until when it counts."),
    "outcome": _("How it ended, as the API names it."),
    "decline_reason": _("Code of the reason for which the store declined."),
    "cause_code": _("Code of the cause found, of three levels."),
}

STORE_COLUMNS = {
    "store_number": _("Number of the store."),
    "store_name": _("Name of the store."),
    "district_name": _("District of the store."),
    "open": _("Cases that are open now."),
    "late": _("Open cases with a clock past its target."),
    "unacknowledged": _("Open cases that the store has not seen."),
    "questions": _("Open questions of the store to an agent."),
    "oldest_at": _("When the oldest open case was issued, in UTC."),
    "issued": _("Cases issued in the period."),
    "answerable": _("Of these, the customers who came."),
    "honoured": _("Of these, who got what was promised."),
    "honour_rate_per_mille": _("Honoured of those who came, in thousandths."),
    "declined": _("Cases of the period that the store declined."),
    "median_seconds_to_end": _("Median time from issue to the end, in seconds."),
    "median_seconds_to_act": _("Median time from issue to the store's first act, in seconds."),
}
