"""How alike two pictures are: SSIMULACRA2, and the squared error."""

from kmcodec.similarity.scales import SMALLEST_SIDE
from kmcodec.similarity.scoring import ssimulacra2
from kmcodec.similarity.squares import squared_error
from kmcodec.similarity.viewing import matched, seen

__all__ = ["SMALLEST_SIDE", "matched", "seen", "squared_error", "ssimulacra2"]
