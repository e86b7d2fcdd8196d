# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""LZ77 for DEFLATE (RFC 1951): matches by hash chains, the cheapest parse, the bits.

A token is a literal byte (length 0) or a match (length 3 to 258, distance 1 to 32768). A match is
(length << 16) | (distance - 1). Costs are in 1/16 bit.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


LEAST_LENGTH = cython.declare(cython.const[cython.int], 3)  # of a match
GREATEST_LENGTH = cython.declare(cython.const[cython.int], 258)  # of a match
WINDOW = cython.declare(cython.const[cython.int], 32768)  # bytes that a match may reach back
LONG = cython.declare(
    cython.const[cython.int], 40
)  # from here on, only the longest of a candidate's lengths is tried


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _hash(data: cython.const[cython.uchar][::1], i: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Return the place in `heads` of the three bytes at i."""
    key: cython.longlong = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2]
    return ((key * 0x1E3779B1) >> 17) & (WINDOW - 1)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _match_length(
    data: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    c: cython.Py_ssize_t,
    length: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """Return how many bytes at i and c are equal, at most `limit`; `length` are known to be."""
    while length < limit and data[i + length] == data[c + length]:
        length += 1
    return length


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _search_chain(
    data: cython.const[cython.uchar][::1],
    i: cython.Py_ssize_t,
    c: cython.Py_ssize_t,
    limit: cython.Py_ssize_t,
    chain: cython.int[::1],
    tries: cython.Py_ssize_t,
    nice: cython.int,
    found: cython.int[:, ::1],
    row: cython.Py_ssize_t,
) -> cython.int:
    """List the matches of position i that begin at c or farther; return the longest, or 0."""
    best: cython.Py_ssize_t = LEAST_LENGTH - 1
    used: cython.Py_ssize_t = 0
    length: cython.Py_ssize_t
    farther: cython.Py_ssize_t
    longest: cython.int = 0
    while c >= 0 and i - c <= WINDOW and tries > 0:
        if data[c + best] == data[i + best]:
            length = _match_length(data, i, c, 0, limit)
            if length > best:
                best = length
                longest = (length << 16) | (i - c - 1)
                if used == found.shape[1]:
                    used -= 1
                found[row, used] = longest
                used += 1
                if length >= nice or length == limit:
                    break
        farther = chain[c & (WINDOW - 1)]
        if farther >= c:
            break  # the place was reused: the chain ends
        c = farther
        tries -= 1
    return longest


def find_matches(
    data: cython.const[cython.uchar][::1],  # IN (n,)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    heads: cython.int[::1],  # IN OUT (32768,): last position of each hash, -1 at first
    chain: cython.int[::1],  # IN OUT (32768,): previous position with the same hash
    depth: cython.int,  # candidates tried per position
    nice: cython.int,  # a match this long ends the search
    found: cython.int[:, ::1],  # OUT (stop - start, slots): matches, or 0
):
    """List the matches of each position in ``data[start:stop]``: longer and longer, then farther.

    No match reaches beyond `stop`.
    """
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    length: cython.Py_ssize_t
    limit: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    key: cython.Py_ssize_t
    longest: cython.int = 0
    with cython.nogil:
        for i in range(start, stop):
            for slot in range(found.shape[1]):
                found[i - start, slot] = 0
            limit = stop - i
            if limit > GREATEST_LENGTH:
                limit = GREATEST_LENGTH
            if limit < LEAST_LENGTH:
                continue
            key = _hash(data, i)
            c = heads[key]
            chain[i & (WINDOW - 1)] = c
            heads[key] = i
            if (longest >> 16) > nice:  # the long match before goes on: no search
                c = i - 1 - (longest & 65535)
                length = _match_length(data, i, c, (longest >> 16) - 1, limit)
                longest = (length << 16) | (longest & 65535)
                found[i - start, 0] = longest
            else:
                longest = _search_chain(data, i, c, limit, chain, depth, nice, found, i - start)


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _gather_path(
    lengths: cython.int[::1], values: cython.int[::1], size: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Move the tokens of the path that ends at `size` to the last places; return their number.

    The path is read backwards and written from the end, over what it has left.
    """
    i: cython.Py_ssize_t = size
    place: cython.Py_ssize_t = size + 1
    length: cython.int
    value: cython.int
    while i > 0:
        length = lengths[i]
        value = values[i]
        place -= 1
        lengths[place] = length
        values[place] = value
        i -= length if length > 0 else 1
    return size + 1 - place


def parse_tokens(
    data: cython.const[cython.uchar][::1],  # IN (n,)
    start: cython.Py_ssize_t,
    found: cython.const[cython.int][:, ::1],  # IN (m, slots), from find_matches
    literal_costs: cython.const[cython.int][::1],  # IN (256,)
    length_costs: cython.const[cython.int][::1],  # IN (259,), extra bits included
    distance_costs: cython.const[cython.int][::1],  # IN (30,), extra bits included
    distance_symbols: cython.const[cython.uchar][::1],  # IN (32768,), of distance - 1
    costs: cython.int[::1],  # scratch (m + 1,)
    lengths: cython.int[::1],  # OUT (m + 1,): from the end, 0 for a literal
    values: cython.int[::1],  # OUT (m + 1,): from the end, a byte or a distance
):
    """Choose the tokens of least cost; return how many there are.

    They stand in the last places of `lengths` and `values`, in order.
    """
    size: cython.Py_ssize_t = found.shape[0]
    slots: cython.Py_ssize_t = found.shape[1]
    i: cython.Py_ssize_t
    slot: cython.Py_ssize_t
    low: cython.Py_ssize_t
    high: cython.Py_ssize_t
    length: cython.Py_ssize_t
    n_tokens: cython.Py_ssize_t
    near: cython.int
    cost: cython.int
    distance: cython.int
    with cython.nogil:
        for i in range(size + 1):
            costs[i] = 0x7FFFFFFF
        costs[0] = 0
        for i in range(size):
            cost = costs[i] + literal_costs[data[start + i]]
            if cost < costs[i + 1]:
                costs[i + 1] = cost
                lengths[i + 1] = 0
                values[i + 1] = data[start + i]
            low = LEAST_LENGTH
            for slot in range(slots):
                if found[i, slot] == 0:
                    break
                high = found[i, slot] >> 16
                distance = found[i, slot] & 65535
                near = costs[i] + distance_costs[distance_symbols[distance]]
                length = low
                while length <= high:
                    cost = near + length_costs[length]
                    if cost < costs[i + length]:
                        costs[i + length] = cost
                        lengths[i + length] = length
                        values[i + length] = distance + 1
                    if length >= LONG and length < high:
                        length = high  # in between, a few bits decide nothing
                    else:
                        length += 1
                low = high + 1
        n_tokens = _gather_path(lengths, values, size)
    return n_tokens


def write_tokens(
    lengths: cython.const[cython.int][::1],  # IN (t,)
    values: cython.const[cython.int][::1],  # IN (t,)
    codes: cython.const[cython.int][:, ::1],  # IN (286, 2): reversed code and bits of a symbol
    distance_codes: cython.const[cython.int][:, ::1],  # IN (30, 2)
    length_symbols: cython.const[cython.int][:, ::1],  # IN (259, 3): symbol, base, extra bits
    distance_symbols: cython.const[cython.uchar][::1],  # IN (32768,), of distance - 1
    distance_bases: cython.const[cython.int][:, ::1],  # IN (30, 2): base, extra bits
    out: cython.uchar[::1],  # IN OUT: must have room
    position: cython.Py_ssize_t,  # bits written so far
):
    """Write the tokens' bits, lowest first, after `position`; return the new position.

    The last byte written so far may be begun; bits beyond `position` in it are zero.
    """
    t: cython.Py_ssize_t
    length: cython.Py_ssize_t
    symbol: cython.Py_ssize_t
    held: cython.longlong
    part: cython.longlong
    count: cython.int = position & 7
    place: cython.Py_ssize_t = position >> 3
    with cython.nogil:
        held = out[place]
        for t in range(lengths.shape[0]):
            length = lengths[t]
            if length == 0:
                symbol = values[t]
            else:
                symbol = length_symbols[length, 0]
            part = codes[symbol, 0]
            held |= part << count
            count += codes[symbol, 1]
            if length > 0:
                part = length - length_symbols[length, 1]
                held |= part << count
                count += length_symbols[length, 2]
                symbol = distance_symbols[values[t] - 1]
                part = distance_codes[symbol, 0]
                held |= part << count
                count += distance_codes[symbol, 1]
                part = values[t] - distance_bases[symbol, 0]
                held |= part << count
                count += distance_bases[symbol, 1]
            while count >= 8:
                out[place] = held & 255
                place += 1
                held >>= 8
                count -= 8
        out[place] = held & 255
    return 8 * place + count
