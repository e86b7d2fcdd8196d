# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""GIF's LZW (GIF89a, appendix F): of all phrases that show the pixels well enough, good ones.

A pixel may be coded by several symbols: its own; one that leaves what the frame before shows there;
and, at a cost, one of another colour. So the phrases that fit at a position are a part of the
dictionary's tree, which is walked as a whole. Costs are in 1/256 bit.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


CODES = cython.declare(cython.const[cython.int], 4096)  # of 12 bits at most
NONE = cython.declare(cython.const[cython.int], -1)
IMPOSSIBLE = cython.declare(cython.const[cython.longlong], 1 << 30)
BIT = cython.declare(cython.const[cython.int], 256)  # the unit of costs is a part of it

# Rows of `tree`, one column per code:
CHILD = cython.declare(cython.const[cython.int], 0)  # the newest longer phrase, or NONE
SIBLING = cython.declare(cython.const[cython.int], 1)  # the next one of the same parent, or NONE
SYMBOL = cython.declare(cython.const[cython.int], 2)  # the last of the phrase
PARENT = cython.declare(cython.const[cython.int], 3)
FIRST = cython.declare(cython.const[cython.int], 4)  # the first symbol of the phrase
# Rows of `found`, one column per length:
NODE = cython.declare(cython.const[cython.int], 0)
COST = cython.declare(cython.const[cython.int], 1)
# Rows of `stack`, one column per phrase to visit: NODE, COST and
LENGTH = cython.declare(cython.const[cython.int], 2)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _cost(
    i: cython.Py_ssize_t,
    symbol: cython.int,
    wanted: cython.const[cython.short][::1],
    staying: cython.const[cython.int][::1],
    weights: cython.const[cython.uchar][::1],
    costs: cython.const[cython.int][:, ::1],
    spare: cython.int,
) -> cython.longlong:
    """Return what it costs that a pixel is shown by a symbol."""
    if symbol == spare:
        return staying[i]
    if wanted[i] < 0:
        return IMPOSSIBLE
    cost: cython.longlong = costs[wanted[i], symbol]
    return cost * weights[i]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _search(
    i: cython.Py_ssize_t,
    rate: cython.longlong,
    slack: cython.longlong,
    found: cython.longlong[:, ::1],
    stack: cython.longlong[:, ::1],
    tree: cython.int[:, ::1],
    wanted: cython.const[cython.short][::1],
    staying: cython.const[cython.int][::1],
    weights: cython.const[cython.uchar][::1],
    costs: cython.const[cython.int][:, ::1],
    likely: cython.const[cython.short][:, ::1],
    spare: cython.int,
) -> cython.int:
    """Put the cheapest phrase of each length at i into `found`; return the greatest length."""
    top: cython.int = 0
    longest: cython.int = 0
    length: cython.int
    node: cython.int
    symbol: cython.int
    cost: cython.longlong
    before: cython.longlong
    own: cython.int
    j: cython.Py_ssize_t
    left: cython.Py_ssize_t = wanted.shape[0] - i
    found[COST, 1] = IMPOSSIBLE
    own = wanted[i]
    if own >= 0:
        for j in range(likely.shape[1]):
            symbol = likely[own, j]
            if symbol < 0:
                break
            cost = costs[own, symbol]
            cost *= weights[i]
            if cost > slack + rate:
                break
            stack[NODE, top] = symbol
            stack[COST, top] = cost
            stack[LENGTH, top] = 1
            top += 1
    if spare >= 0 and staying[i] <= slack + rate:
        stack[NODE, top] = spare
        stack[COST, top] = staying[i]
        stack[LENGTH, top] = 1
        top += 1
    while top > 0:
        top -= 1
        node = stack[NODE, top]
        before = stack[COST, top]
        length = stack[LENGTH, top]
        if length > longest:
            longest = length
            found[NODE, length] = node
            found[COST, length] = before
        elif before < found[COST, length]:
            found[NODE, length] = node
            found[COST, length] = before
        if length == left:
            continue
        node = tree[CHILD, node]
        while node >= 0:
            cost = before + _cost(
                i + length, tree[SYMBOL, node], wanted, staying, weights, costs, spare
            )
            if cost <= slack + (length + 1) * rate:
                stack[NODE, top] = node
                stack[COST, top] = cost
                stack[LENGTH, top] = length + 1
                top += 1
            node = tree[SIBLING, node]
    return longest


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _link(
    tree: cython.int[:, ::1], code: cython.int, parent: cython.int, symbol: cython.int
) -> cython.int:
    """Make a code the phrase of a parent and a symbol, unless there is one; return whether so."""
    other: cython.int = tree[CHILD, parent]
    while other >= 0:
        if tree[SYMBOL, other] == symbol:
            return 0
        other = tree[SIBLING, other]
    tree[CHILD, code] = NONE
    tree[SIBLING, code] = tree[CHILD, parent]
    tree[SYMBOL, code] = symbol
    tree[PARENT, code] = parent
    tree[FIRST, code] = tree[FIRST, parent]
    tree[CHILD, parent] = code
    return 1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _plant(tree: cython.int[:, ::1], roots: cython.int) -> cython.int:
    """Begin a dictionary of single symbols; return the first free code."""
    code: cython.int
    for code in range(roots):
        tree[CHILD, code] = NONE
        tree[SIBLING, code] = NONE
        tree[SYMBOL, code] = code
        tree[PARENT, code] = NONE
        tree[FIRST, code] = code
    return roots + 2


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _put(
    out: cython.uchar[::1],
    position: cython.longlong,
    code: cython.int,
    width: cython.int,
) -> cython.longlong:
    """Write a code at a position in bits, the least bit first; return where it ends."""
    bit: cython.int
    for bit in range(width):
        if (code >> bit) & 1:
            out[position >> 3] |= 1 << (position & 7)
        position += 1
    return position


def encode(
    wanted: cython.const[cython.short][::1],  # IN (n,): own symbol; -1 where only staying is right
    staying: cython.const[cython.int][::1],  # IN (n,): cost of the spare symbol
    weights: cython.const[cython.uchar][::1],  # IN (n,): how much more others cost than costs say
    costs: cython.const[cython.int][:, ::1],  # IN (roots, roots): cost of one symbol for another
    likely: cython.const[cython.short][:, ::1],  # IN (roots, m): the cheapest first, -1 at the end
    spare: cython.int,  # symbol that leaves what is there, or -1
    bits: cython.int,  # of a symbol, 2 to 8: roots is 2**bits
    rate: cython.int,  # about what a pixel costs, at least 1
    ahead: cython.int,  # shorter phrases that are tried for what comes after them
    patience: cython.int,  # codes of a full dictionary between two looks at its rate
    tree: cython.int[:, ::1],  # WORK (5, 4096)
    found: cython.longlong[:, ::1],  # WORK (2, 4097)
    later: cython.longlong[:, ::1],  # WORK (2, 4097)
    stack: cython.longlong[:, ::1],  # WORK (3, 4096)
    shown: cython.short[::1],  # OUT (n,): symbols that were written
    out: cython.uchar[::1],  # IN OUT (2 * n + 16,): zeros, then the codes
    totals: cython.longlong[::1],  # OUT (3,): bits, cost of errors (-1: none is right), fulls
):
    """Write the codes of some pixels, from a clear code to the end code.

    Every length of the phrase is tried, with the best phrase after it, for the `ahead` greatest.
    With a full dictionary, codes go on while `patience` of them take no more bits per pixel than
    all since the last clear code.
    """
    n: cython.Py_ssize_t = wanted.shape[0]
    i: cython.Py_ssize_t = 0
    j: cython.Py_ssize_t
    roots: cython.int = 1 << bits
    width: cython.int = bits + 1
    position: cython.longlong = 0
    free: cython.int
    pending: cython.int = NONE
    linked: cython.int = 0
    before: cython.int = NONE
    longest: cython.int
    length: cython.int
    other: cython.int
    best: cython.int
    top: cython.int
    bottom: cython.int
    node: cython.int
    value: cython.longlong
    most: cython.longlong
    after: cython.longlong
    errors: cython.longlong = 0
    slack: cython.longlong
    fulls: cython.int = 0
    began: cython.longlong  # position of the last clear code, and the pixel there
    first: cython.Py_ssize_t = 0
    codes: cython.int = 0  # since the last look
    looked: cython.longlong = 0
    seen: cython.Py_ssize_t = 0
    with cython.nogil:
        position = _put(out, position, roots, width)
        free = _plant(tree, roots)
        began = position
        while i < n:
            slack = width * BIT
            longest = _search(
                i, rate, slack, found, stack, tree, wanted, staying, weights, costs, likely, spare
            )
            if longest == 0:  # no symbol is right: the caller's fault
                errors = -1
                break
            best = longest
            for length in range(longest - 1, 0, -1):
                if (longest - length) * rate >= found[COST, longest]:
                    break
                if (best - length) * rate < found[COST, best] - found[COST, length]:
                    best = length
            top = min(longest, best + ahead) if ahead > 0 else 0
            bottom = max(1, best - ahead)
            most = -IMPOSSIBLE
            for length in range(top, bottom - 1, -1):
                value = length * rate - found[COST, length]
                if i + length == n:
                    value += slack
                else:
                    after = -IMPOSSIBLE
                    other = _search(
                        i + length, rate, slack, later, stack, tree, wanted, staying, weights, costs,
                        likely, spare,
                    )  # fmt: skip
                    while other > 0:
                        if other * rate - later[COST, other] > after:
                            after = other * rate - later[COST, other]
                        other -= 1
                    value += after
                if value > most:
                    most = value
                    best = length
            node = found[NODE, best]
            errors += found[COST, best]
            # The entry that the decoder makes of the phrase before and this one's first symbol.
            if pending >= 0:
                if tree[FIRST, node] != tree[FIRST, before]:
                    if linked:
                        tree[CHILD, before] = tree[SIBLING, pending]
                    _link(tree, pending, before, tree[FIRST, node])
                free += 1
            position = _put(out, position, node, width)
            while width < 12 and free >= (1 << width):
                width += 1
            other = node
            for j in range(i + best - 1, i - 1, -1):
                shown[j] = tree[SYMBOL, other]
                other = tree[PARENT, other]
            i += best
            before = node
            pending = NONE
            if free < CODES:
                pending = free
                linked = _link(tree, pending, before, tree[FIRST, before])
                codes = 0
                looked = position
                seen = i
                continue
            codes += 1
            if codes == 1:
                fulls += 1
            if codes > patience and i < n:
                # More bits per pixel since the last look than since the last clear code?
                if patience == 0 or (position - looked) * (i - first) > (position - began) * (
                    i - seen
                ):
                    position = _put(out, position, roots, width)
                    free = _plant(tree, roots)
                    width = bits + 1
                    began = position
                    first = i
                    codes = 0
                else:
                    codes = 1
                looked = position
                seen = i
        position = _put(out, position, roots + 1, width)
    totals[0] = position
    totals[1] = errors
    totals[2] = fulls
