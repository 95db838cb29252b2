"""What the demo's pages say by key: whom one can play. Lazy, because the language is known only later."""

from web.languages import say_lazily as _

PARTS = {
    "Dana": _("Dana, care agent"),
    "Priya": _("Priya, manager of store 10"),
    "Cory": _("Cory, cashier at store 10"),
    "Hana": _("Hana, headquarters"),
}
