"""What an effort level spends."""

from __future__ import annotations

from dataclasses import dataclass

from kmcodec.options import check_effort


@dataclass(frozen=True)
class Settings:
    """Iterations at each stage of ``cluster``.

    Attributes
    ----------
    cell_bits : int
        The coarse stage has at most 2**cell_bits cells.
    warmup : int
        Lloyd steps on the coarse cells before the first swap.
    swap_rounds : int
        Rounds of swaps on the coarse cells; fewer if they stop paying.
    swap_steps : int
        Lloyd steps after each round.
    coarse : int
        Lloyd steps on the coarse cells after the swaps.
    settle : int
        Lloyd steps on all points before swaps among them.
    fine_rounds : int
        Rounds of swaps on all points, with `swap_steps` Lloyd steps after each.
    enough_cells : int
        Coarse cells per cluster from which these rounds are left out: the coarse ones saw enough.
    fine : int
        Lloyd steps on all points in the end.
    snapped : int
        Steps in which the centres are rounded to what the palette can hold.
    restarts : int
        Further random starts on the coarse cells, of which the best is kept.
    restarts_of_few : int
        The same for eight clusters or fewer.
    """

    cell_bits: int
    warmup: int
    swap_rounds: int
    swap_steps: int
    coarse: int
    settle: int
    fine_rounds: int
    enough_cells: int
    fine: int
    snapped: int
    restarts: int
    restarts_of_few: int

    @property
    def thorough(self) -> bool:
        """Whether all points take part in the swaps, however many there are."""
        return self.enough_cells == ALL

    def restarts_for(self, n_clusters: int) -> int:
        """Return the number of random starts beside the first."""
        if n_clusters > MANY:
            return 0
        return self.restarts if n_clusters > FEW else self.restarts_of_few

    def steps(self, n_clusters: int) -> int:
        """Return the most assignment steps that there can be; most runs stop before."""
        swapping = self.swap_rounds * (1 + self.swap_steps)
        starts = 1 + self.restarts_for(n_clusters)
        fine_swapping = self.settle + self.fine_rounds * (1 + self.swap_steps)
        fine = 1 + fine_swapping + self.fine + self.snapped
        return starts * (1 + self.warmup + swapping + self.coarse) + fine


ALL = 1 << 20  # more cells than there are
MANY = 1024  # clusters: beyond, to draw seeds takes minutes and gains next to nothing
FEW = 8  # clusters: so few have many poor local minima, and starts cost next to nothing

EFFORTS: dict[int, Settings] = {
    1: Settings(15, 4, 0, 1, 2, 1, 1, 16, 1, 1, 0, 0),
    2: Settings(15, 4, 2, 2, 2, 1, 1, 16, 2, 1, 0, 1),
    3: Settings(15, 4, 4, 2, 2, 1, 2, 32, 3, 2, 0, 2),
    4: Settings(15, 4, 5, 2, 2, 1, 2, 32, 4, 3, 0, 3),
    5: Settings(15, 4, 6, 2, 2, 1, 3, 32, 6, 4, 0, 4),
    6: Settings(18, 4, 12, 2, 4, 2, 5, 64, 10, 6, 0, 6),
    7: Settings(18, 6, 20, 3, 8, 4, 8, ALL, 20, 10, 0, 8),
    8: Settings(18, 6, 30, 3, 10, 6, 12, ALL, 40, 15, 1, 12),
    9: Settings(18, 8, 40, 4, 30, 10, 20, ALL, 100, 40, 2, 16),
}


def settings_for(effort: int) -> Settings:
    """Return the settings of an effort from 1 to 9, or raise ``InputError``."""
    return EFFORTS[check_effort(effort)]
