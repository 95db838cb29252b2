"""Whether this browser is a paired device, and of which store."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from bridge.models import Device, Store
from bridge.services import devices
from web import cookies


@dataclass(frozen=True, slots=True)
class Here:
    """The paired device that asks, and its store."""

    device: Device
    store: Store


def here(work: Session, *, now: datetime) -> Here | None:
    """The device behind this browser's cookie; None where nobody paired it, or somebody ended that."""
    device = devices.paired_by(work, cookies.read(cookies.PAIRED), now=now)
    return None if device is None else Here(device, work.get_one(Store, device.store_id))
