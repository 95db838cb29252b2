"""The pages: server-rendered, on the same services as the API, working without JavaScript.

`register` puts them on an app that the composition root (`api.wsgi`) made, in this order:
cookies and CSRF, languages, what templates may use, static files, error pages, blueprints.
Nothing in here decides a rule; a view reads a form, calls one service, and renders.
"""

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from bridge.settings import settings
from web import (
    accounts,
    appeals,
    approvals,
    board,
    calendars,
    care_tools,
    channel_form,
    channel_sign_in,
    contacts,
    cookies,
    counter,
    counter_asking,
    counter_camera,
    customers,
    demo,
    demo_codes,
    desk,
    desk_shown,
    device,
    devices,
    error_pages,
    escalations,
    gallery,
    help,
    hq,
    hq_cases,
    hq_causes,
    hq_export,
    hq_stores,
    inbox,
    intake,
    languages,
    life,
    lock,
    messages,
    notice_words,
    notices,
    official,
    own_password,
    panes,
    pin_sign_in,
    policies,
    promises,
    reasons,
    replies,
    review,
    same_person,
    see_as,
    sessions,
    setup,
    setup_causes,
    setup_channels,
    setup_deliveries,
    setup_grants,
    setup_handles,
    setup_keys,
    setup_messages,
    setup_people,
    setup_reasons,
    setup_receivers,
    setup_searches,
    setup_standing,
    setup_stores,
    setup_templates,
    setup_webhooks,
    shown,
    slips,
    step_up,
    store_life,
    system_pages,
    texts,
    themes,
    tour,
    verdict_words,
)
from web import static_files as static


def register(app: Flask) -> None:
    """Add every page to `app`."""
    config = settings()
    app.config.update(
        cookies.session_options(config),
        # The hook of each page checks it after the right; the API has no cookies to protect.
        WTF_CSRF_CHECK_DEFAULT=False,
        # The token lives as long as the session: a counter page stays open all day.
        WTF_CSRF_TIME_LIMIT=None,
        # We send no referrer; `sessions.check` reads Sec-Fetch-Site instead.
        WTF_CSRF_SSL_STRICT=False,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    CSRFProtect(app)
    languages.register(app)
    themes.register(app)
    texts.register(app)
    step_up.register(app)
    shown.register(app)
    desk_shown.register(app)
    app.jinja_env.globals["notice_words"] = notice_words
    notices.register(app)
    messages.register(app)
    demo.register(app)
    app.jinja_env.globals["tour_bar"] = tour.bar
    reasons.register(app)
    app.jinja_env.globals["verdict_word"] = verdict_words.word_of
    static.register(app)
    sessions.register(app)
    error_pages.register(app)
    panes.register(app)
    for pages in (
        accounts,
        own_password,
        intake,
        care_tools,
        desk,
        promises,
        replies,
        same_person,
        escalations,
        approvals,
        board,
        pin_sign_in,
        lock,
        devices,
        device,
        counter,
        inbox,
        counter_asking,
        counter_camera,
        step_up,
        calendars,
        review,
        hq,
        hq_cases,
        hq_causes,
        hq_export,
        hq_stores,
        life,
        store_life,
        appeals,
        customers,
        official,
        slips,
        messages,
        notices,
        contacts,
        policies,
        setup,
        setup_causes,
        setup_grants,
        setup_handles,
        setup_keys,
        setup_messages,
        setup_people,
        setup_standing,
        setup_reasons,
        setup_stores,
        setup_templates,
        setup_channels,
        channel_form,
        channel_sign_in,
        setup_webhooks,
        setup_receivers,
        setup_searches,
        setup_deliveries,
        demo,
        see_as,
        demo_codes,
        tour,
        gallery,
        help,
        system_pages,
    ):
        app.register_blueprint(pages.blueprint)
