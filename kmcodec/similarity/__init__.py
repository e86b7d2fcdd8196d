"""How alike two pictures look: SSIMULACRA2."""

from kmcodec.similarity.scoring import SMALLEST_SIDE, ssimulacra2

__all__ = ["SMALLEST_SIDE", "ssimulacra2"]
