# cython: language_level=3, boundscheck=False, wraparound=False, cdivision=True
# cython: initializedcheck=False
"""LZ77 for DEFLATE (RFC 1951): matches by hash chains, the cheapest parse, the bits.

A token is a literal, its byte, or a match, (length << 16) | (distance - 1): length 3 to 258,
distance 1 to 32768. Listed matches are the same, some with the flag WHOLE. Costs are in 1/16 bit.
"""

from __future__ import annotations

try:
    from kmcodec._kernels import _shadow as cython
except ImportError:
    import cython  # what Cython's compiler reads


LEAST_LENGTH = cython.declare(cython.const[cython.int], 3)  # of a match
GREATEST_LENGTH = cython.declare(cython.const[cython.int], 258)  # of a match
WINDOW = cython.declare(cython.const[cython.int], 32768)  # bytes that a match may reach back
WHOLE = cython.declare(cython.const[cython.int], 32768)  # flag: only a match's whole length counts
UNREACHED = cython.declare(cython.const[cython.int], 0x7FFFFFFF)  # cost of no path
LONG = cython.declare(
    cython.const[cython.int], 40
)  # from here on, only the longest of a candidate's lengths is tried


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _hash(
    data: cython.const[cython.uchar][::1], i: cython.Py_ssize_t, run: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """Return the place in `heads` of the three bytes at i, and of how long the first repeats.

    Places in long runs meet only those as far from the end of theirs.
    """
    key: cython.longlong = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2]
    if run > LEAST_LENGTH:
        key += run << 25
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
    found: cython.int[::1],
    first: cython.Py_ssize_t,
    slots: cython.Py_ssize_t,
) -> cython.Py_ssize_t:
    """List the matches of position i that begin at c or farther; return where the list ends."""
    best: cython.Py_ssize_t = LEAST_LENGTH - 1
    used: cython.Py_ssize_t = 0
    length: cython.Py_ssize_t
    farther: cython.Py_ssize_t
    while c >= 0 and i - c <= WINDOW and tries > 0:
        if data[c + best] == data[i + best] and data[c + best - 1] == data[i + best - 1]:
            length = _match_length(data, i, c, 0, limit)
            if length > best:
                best = length
                if used == slots:
                    used -= 1
                found[first + used] = (length << 16) | (i - c - 1)
                used += 1
                if length >= nice or length == limit:
                    break
        farther = chain[c & (WINDOW - 1)]
        if farther >= c:
            break  # the place was reused: the chain ends
        c = farther
        tries -= 1
    return first + used


def find_matches(
    data: cython.const[cython.uchar][::1],  # IN (n,)
    start: cython.Py_ssize_t,
    stop: cython.Py_ssize_t,
    stride: cython.Py_ssize_t,  # bytes between two that are likely alike, or 0
    heads: cython.int[::1],  # IN OUT (32768,): last position of each hash, -1 at first
    chain: cython.int[::1],  # IN OUT (32768,): previous position with the same hash
    depth: cython.int,  # candidates tried per position
    nice: cython.int,  # a match this long ends the search
    starts: cython.int[::1],  # OUT (stop - start + 1,): where each position's matches begin
    found: cython.int[::1],  # OUT ((stop - start) * slots,), slots from 3: matches
):
    """List the matches of each position in ``data[start:stop]``.

    First come a repeat of the byte before, and if they are longer, what a stride before and the
    match before go on with: these take no search. Then come longer and longer, farther and farther
    ones. What began at an earlier position counts as a whole. No match reaches beyond `stop`.
    """
    i: cython.Py_ssize_t
    c: cython.Py_ssize_t
    limit: cython.Py_ssize_t
    longest: cython.Py_ssize_t = 0
    distance: cython.Py_ssize_t = 0
    key: cython.Py_ssize_t
    used: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    run_stop: cython.Py_ssize_t = start
    row_stop: cython.Py_ssize_t = start
    reach: cython.Py_ssize_t = stride if 0 < stride <= WINDOW else stop
    whole: cython.int
    going: cython.Py_ssize_t
    last: cython.Py_ssize_t = 0
    flag: cython.int
    tries: cython.Py_ssize_t
    good: cython.Py_ssize_t = nice >> 1
    row_going: cython.int
    slots: cython.Py_ssize_t = found.shape[0] // (stop - start) - 3
    with cython.nogil:
        for i in range(start, stop):
            starts[i - start] = used
            limit = stop - i
            if limit > GREATEST_LENGTH:
                limit = GREATEST_LENGTH
            if limit < LEAST_LENGTH:
                continue
            if run_stop <= i:
                run_stop = i + 1
            while run_stop - i < limit and data[run_stop] == data[i]:
                run_stop += 1
            row_going = WHOLE
            if row_stop <= i:
                row_stop = i
                row_going = 0
            if i >= reach:
                while row_stop - i < limit and data[row_stop] == data[row_stop - stride]:
                    row_stop += 1
            key = _hash(data, i, run_stop - i)
            c = heads[key]
            chain[i & (WINDOW - 1)] = c
            heads[key] = i
            whole = WHOLE if longest > nice else 0  # a long match goes on: no search
            going = longest - 1  # of the match before, which goes on
            if going >= LEAST_LENGTH and distance > 1 and distance != stride:
                going = _match_length(data, i, i - distance, going, limit)
            else:
                going = 0
            longest = 0
            if i > 0 and data[i - 1] == data[i] and run_stop - i >= LEAST_LENGTH:
                longest = run_stop - i
                flag = WHOLE if i > 1 and data[i - 2] == data[i] else whole
                found[used] = (longest << 16) | flag
                used += 1
            if row_stop - i >= LEAST_LENGTH and row_stop - i > longest:
                found[used] = ((row_stop - i) << 16) | row_going | (stride - 1)
                used += 1
                longest = row_stop - i
                last = stride
            elif longest > 0:
                last = 1
            if going >= LEAST_LENGTH and going > longest:
                found[used] = (going << 16) | WHOLE | (distance - 1)
                used += 1
                longest = going
                last = distance
            distance = last
            if whole == 0 and longest < nice:
                tries = depth if longest < good else depth >> 2
                end = _search_chain(data, i, c, limit, chain, tries, nice, found, used, slots)
                if end > used and (found[end - 1] >> 16) > longest:
                    longest = found[end - 1] >> 16
                    distance = (found[end - 1] & (WINDOW - 1)) + 1
                used = end
        starts[stop - start] = used


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _gather_path(tokens: cython.int[::1], size: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Move the tokens of the path that ends at `size` to the last places; return their number.

    The path is read backwards and written from the end, over what it has left.
    """
    i: cython.Py_ssize_t = size
    place: cython.Py_ssize_t = size + 1
    token: cython.int
    while i > 0:
        token = tokens[i]
        place -= 1
        tokens[place] = token
        i -= (token >> 16) if token > 255 else 1
    return size + 1 - place


def parse_tokens(
    data: cython.const[cython.uchar][::1],  # IN (n,)
    start: cython.Py_ssize_t,
    starts: cython.const[cython.int][::1],  # IN (m + 1,), from find_matches
    found: cython.const[cython.int][::1],  # IN, from find_matches
    literal_costs: cython.const[cython.int][::1],  # IN (256,) or more
    length_costs: cython.const[cython.int][::1],  # IN (259,), extra bits included
    distance_costs: cython.const[cython.int][::1],  # IN (30,), extra bits included
    distance_symbols: cython.const[cython.uchar][::1],  # IN (32768,), of distance - 1
    costs: cython.int[::1],  # scratch (m + 1,)
    tokens: cython.int[::1],  # OUT (m + 1,): from the end
):
    """Choose the tokens of least cost; return how many there are.

    They stand in the last places of `tokens`, in order.
    """
    size: cython.Py_ssize_t = starts.shape[0] - 1
    i: cython.Py_ssize_t
    k: cython.Py_ssize_t
    first: cython.Py_ssize_t
    high: cython.Py_ssize_t
    length: cython.Py_ssize_t
    before: cython.Py_ssize_t
    n_tokens: cython.Py_ssize_t
    near: cython.int
    cost: cython.int
    distance: cython.int
    with cython.nogil:
        for i in range(size + 1):
            costs[i] = UNREACHED
        costs[0] = 0
        for i in range(size):
            if costs[i] == UNREACHED:
                continue
            first = starts[i]
            cost = costs[i] + literal_costs[data[start + i]]
            if cost < costs[i + 1]:
                costs[i + 1] = cost
                tokens[i + 1] = data[start + i]
            before = LEAST_LENGTH - 1
            distance = 0
            for k in range(first, starts[i + 1]):
                high = found[k] >> 16
                near = costs[i] + distance_costs[distance_symbols[found[k] & (WINDOW - 1)]]
                length = LEAST_LENGTH
                if (found[k] & (WINDOW - 1)) > distance and high > before:
                    length = before + 1  # a nearer match has the shorter lengths
                distance = found[k] & (WINDOW - 1)
                before = high
                if length >= LONG or found[k] & WHOLE:
                    length = high
                while length <= high:
                    cost = near + length_costs[length]
                    if cost < costs[i + length]:
                        costs[i + length] = cost
                        tokens[i + length] = (length << 16) | distance
                    length += 1
                    if length > LONG and length < high:
                        length = high  # in between, a few bits decide nothing
        n_tokens = _gather_path(tokens, size)
    return n_tokens


def count_symbols(
    tokens: cython.const[cython.int][::1],  # IN (t,)
    length_symbols: cython.const[cython.int][:, ::1],  # IN (259, 3): symbol, base, extra bits
    distance_symbols: cython.const[cython.uchar][::1],  # IN (32768,), of distance - 1
    counts: cython.longlong[::1],  # IN OUT (286,)
    distance_counts: cython.longlong[::1],  # IN OUT (30,)
):
    """Count literals and lengths, and distances."""
    t: cython.Py_ssize_t
    token: cython.int
    with cython.nogil:
        for t in range(tokens.shape[0]):
            token = tokens[t]
            if token > 255:
                counts[length_symbols[token >> 16, 0]] += 1
                distance_counts[distance_symbols[token & 65535]] += 1
            else:
                counts[token] += 1


def write_tokens(
    tokens: cython.const[cython.int][::1],  # IN (t,)
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
    distance: cython.Py_ssize_t
    symbol: cython.Py_ssize_t
    held: cython.longlong
    part: cython.longlong
    count: cython.int = position & 7
    place: cython.Py_ssize_t = position >> 3
    with cython.nogil:
        held = out[place]
        for t in range(tokens.shape[0]):
            symbol = tokens[t]
            length = symbol >> 16
            if length > 0:
                distance = symbol & 65535
                symbol = length_symbols[length, 0]
                part = codes[symbol, 0]
                held |= part << count
                count += codes[symbol, 1]
                part = length - length_symbols[length, 1]
                held |= part << count
                count += length_symbols[length, 2]
                symbol = distance_symbols[distance]
                part = distance_codes[symbol, 0]
                held |= part << count
                count += distance_codes[symbol, 1]
                part = distance + 1 - distance_bases[symbol, 0]
                held |= part << count
                count += distance_bases[symbol, 1]
            else:
                part = codes[symbol, 0]
                held |= part << count
                count += codes[symbol, 1]
            while count >= 8:
                out[place] = held & 255
                place += 1
                held >>= 8
                count -= 8
        out[place] = held & 255
    return 8 * place + count
