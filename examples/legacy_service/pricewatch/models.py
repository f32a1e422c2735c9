"""What the modules hand to each other."""

from dataclasses import asdict, dataclass
from typing import Any, Dict


@dataclass(frozen=True)
class Quote:
    """The price one shop asks for one part, in euros."""

    sku: str
    shop: str
    price: float
    in_stock: bool = True

    def to_dict(self) -> Dict[str, Any]:
        return asdict(self)
