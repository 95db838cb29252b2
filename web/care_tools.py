"""From a conversation in a care tool to its promise: by a bookmark or link, or by a page inside the tool.

`/escalations/new?tool=…&account=…&conversation=…` changes nothing by being opened: it leads to the thread
that we know, or shows the form that asks the tool for it. The page inside the tool is told by the tool's
window which conversation is open. Nobody signs that, so it fills in the link and does nothing else.
"""

from uuid import UUID

from flask import Response, make_response, render_template, request, url_for

from bridge import db
from bridge.clock import utc_now
from bridge.errors import InvalidInput
from bridge.roles import Permission
from bridge.services import care_tools
from bridge.services.care_tools import Tool
from bridge.settings import settings
from web import forms
from web.languages import say as _
from web.redirects import see_other
from web.sessions import pages, public, requires, visitor

blueprint = pages("care_tools")


@blueprint.get("/escalations/new")
@requires(Permission.INTAKE_WRITE)
def new() -> Response | str:
    """The conversation's promise form when we know the conversation, else the form that asks for it."""
    given = request.args.get("conversation", "")
    with db.transaction() as session:
        tools = care_tools.tools(session, visitor().actor)
        tool = _chosen(tools, request.args.get("account", ""), request.args.get("tool", ""))
        if tool is not None and given:
            try:
                name = care_tools.conversation_name(given)
                thread_id = care_tools.known(session, visitor().actor, tool.account_id, name)
            except InvalidInput:
                thread_id = None
            if thread_id is not None:
                return _to_promise(thread_id)
    account = str(tool.account_id) if tool else ""
    return _form(tools, {"account": account, "conversation": given[: care_tools.CONVERSATION_MAX]}, {})


@blueprint.post("/escalations/new")
@requires(Permission.INTAKE_WRITE)
def read() -> Response | tuple[str, int]:
    """Ask the tool for the conversation, take it in, and open its promise form. The same twice is once."""
    actor, problems = visitor().actor, forms.Problems()
    with db.transaction() as session:
        tools = care_tools.tools(session, actor)
    tool = _chosen(tools, forms.text("account"), "")
    if tool is None:
        problems.add("account", _("Choose the tool in which the conversation is."))
    try:
        name = care_tools.conversation_name(forms.text("conversation"))
    except InvalidInput:
        problems.add("conversation", _("Write the number of the conversation, or paste its address."))
    if tool is not None and not problems:
        try:
            opening = care_tools.open_conversation(settings(), actor, tool.account_id, name, now=utc_now())
        except InvalidInput:
            problems.add("conversation", _("What is written in this conversation cannot be stored."))
        else:
            if opening.thread_id is not None:
                return _to_promise(opening.thread_id)
            problems.add("conversation", _problem(opening.problem, tool.tool))
    return _form(tools, request.form, problems.found), 422


@blueprint.get("/tools/<uuid:account_id>/panel")
@public
def panel(account_id: UUID) -> Response:
    """The page that the tool shows inside itself. Only this tool's own pages may frame it, and only it.

    It knows nobody: browsers send no session into another site's frame, and it needs none.
    """
    account, capabilities, origin = care_tools.panel_of(account_id)
    link = url_for("page_care_tools.new", tool=account.channel, account=account.id)
    answer = make_response(
        render_template(
            "tool_panel.html",
            tool=capabilities.name,
            panel=capabilities.panel,
            origin=origin,
            link=link,
            demo=False,  # no form of the frame's own: a browser sends none of our cookies along
        )
    )
    answer.headers["Content-Security-Policy"] = (
        "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {origin}"
    )
    return answer


def _chosen(tools: list[Tool], account: str, channel: str) -> Tool | None:
    """The account that is named; without one, the only account of the tool, or the only one there is."""
    if account:
        return next((one for one in tools if str(one.account_id) == account), None)
    able = [one for one in tools if channel in {"", one.channel}]
    return able[0] if len(able) == 1 else None


def _form(tools: list[Tool], values: object, problems: dict[str, str]) -> str:
    return render_template(
        "from_tool.html",
        tools=[(str(one.account_id), f"{one.tool}, {one.name}") for one in tools],
        values=values,
        problems=problems,
        longest=500,
    )


def _to_promise(thread_id: UUID) -> Response:
    return see_other(url_for("page_promises.thread", thread_id=thread_id, _anchor="promise"))


def _problem(problem: str, tool: str) -> str:
    match problem:
        case "not_there":
            return _("%(tool)s has no such conversation, or the bridge may not read it.", tool=tool)
        case "signed_out":
            return _("%(tool)s does not take our token any more. Tell an administrator.", tool=tool)
        case "empty":
            return _("No customer has written in this conversation yet.")
        case _:
            return _(
                "%(tool)s did not answer. Try again in a moment, or take the post in by hand.", tool=tool
            )
