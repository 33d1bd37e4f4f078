"""Where cards are shown in chats, and what chats sent: names of the storage's that adapters may use."""

from core.domain.delivery import Delivery
from core.storage.deliveries import DeliveryStore
from core.storage.updates import Arrived, UpdateStore

__all__ = ["Arrived", "Delivery", "DeliveryStore", "UpdateStore"]
