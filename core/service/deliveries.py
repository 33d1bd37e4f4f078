"""Where cards are shown in chats, as adapters see it: names of the storage's that `bot` may use."""

from core.domain.delivery import Delivery
from core.storage.deliveries import DeliveryStore

__all__ = ["Delivery", "DeliveryStore"]
