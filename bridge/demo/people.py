"""Who works at the made-up retailer. One password for all of them, printed at start."""

from dataclasses import dataclass

from bridge.roles import Role

BRAND = "Northlight"
PASSWORD = "northlight-demo-2026"  # noqa: S105 - the demo's sign-ins are printed on purpose
ADDRESSES = "@demo.example"
"""How everybody's address ends who is made up."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the demo. `store` is a number; without one they work at `unit`."""

    name: str
    role: Role
    says: str
    store: str | None = None
    unit: str | None = None

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.name.lower()}{ADDRESSES}"


CARE = "Social care"
MEMBERS = (
    Member("Ana", Role.SENIOR_AGENT, "senior agent: promises up to 100.00", unit=CARE),
    Member("Dana", Role.AGENT, "agent: promises up to 25.00", unit=CARE),
    Member("Ivy", Role.INTERN, "intern: may only inform", unit=CARE),
    Member("Kim", Role.LEAD, "lead: approves up to 300.00", unit=CARE),
    Member("Priya", Role.STORE_MANAGER, "manager of store 10", store="10"),
    Member("Cory", Role.STORE_ASSOCIATE, "cashier at store 10: checks codes, cannot honour", store="10"),
    Member("Sam", Role.STORE_MANAGER, "manager of store 12", store="12"),
    Member("Lee", Role.STORE_ASSOCIATE, "associate at store 12", store="12"),
    Member("Mia", Role.STORE_MANAGER, "manager of store 40", store="40"),
    Member("Rosa", Role.STORE_MANAGER, "manager of store 21, Hablamos Español", store="21"),
    Member("Dora", Role.DISTRICT_MANAGER, "district manager of MN, Minnesota", unit="MN"),
    Member("Diego", Role.DISTRICT_MANAGER, "district manager of AZ, Arizona", unit="AZ"),
    Member("Hana", Role.HQ, "customer relations at HQ"),
    Member("Otto", Role.AUDITOR, "auditor: reads, changes nothing"),
    Member("Ada", Role.ADMIN, "administrator: people, grants, keys, webhooks"),
)

PINS = {
    "Priya": "639471",
    "Cory": "296518",
    "Sam": "417293",
    "Lee": "528164",
    "Mia": "740582",
    "Rosa": "815039",
}
"""What the stores' people type on a paired device. None is paired beforehand: it takes a minute."""

PARTS = ("Dana", "Priya", "Cory", "Hana")
"""Who can be played with one press, in the order of the story; the customer comes last and has no account."""


def member(name: str) -> Member | None:
    """The member of that name; None when nobody has it."""
    return next((one for one in MEMBERS if one.name == name), None)
