"""Who works at the made-up retailer. One password for all of them, printed at start."""

from dataclasses import dataclass

from bridge.roles import Role

BRAND = "Northlight"
PASSWORD = "northlight-demo-2026"  # noqa: S105 - the demo's sign-ins are printed on purpose


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
        return f"{self.name.lower()}@demo.example"


CARE = "Social care"
MEMBERS = (
    Member("Ana", Role.SENIOR_AGENT, "senior agent: promises up to 100.00", unit=CARE),
    Member("Dana", Role.AGENT, "agent: promises up to 25.00", unit=CARE),
    Member("Ivy", Role.INTERN, "intern: may only inform", unit=CARE),
    Member("Kim", Role.LEAD, "lead: approves up to 300.00", unit=CARE),
    Member("Priya", Role.STORE_MANAGER, "manager of store 10", store="10"),
    Member("Sam", Role.STORE_MANAGER, "manager of store 12", store="12"),
    Member("Lee", Role.STORE_ASSOCIATE, "associate at store 12", store="12"),
    Member("Mia", Role.STORE_MANAGER, "manager of store 40", store="40"),
    Member("Dora", Role.DISTRICT_MANAGER, "district manager of Minnesota", unit="MN"),
    Member("Hana", Role.HQ, "customer relations at HQ"),
    Member("Otto", Role.AUDITOR, "auditor: reads, changes nothing"),
    Member("Ada", Role.ADMIN, "administrator: people, grants, keys, webhooks"),
)
