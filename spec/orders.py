"""Wrong decoders that no rule makes: steps in another order, and misreadings of the text.

Each is a section of the specification, what is wrong, and the lines before and after the change.
"""

# ruff: noqa: E501, ISC004 - lines of the decoder as they stand there

from __future__ import annotations

Order = tuple[str, str, str, str]

ORDERS: tuple[Order, ...] = (
    (
        "4.2",
        "only what is not skipped is checked",
        "        reader.checksum()\n",
        "        reader.checksum() if byte & 0x9E == 0 else reader.take(4)\n"
        "        reader.checked = reader.position\n",
    ),
    (
        "4.2",
        "the header is not covered",
        "        payload = reader.take(reader.varint())\n",
        "        reader.checked = max(reader.checked, reader.position - 1)\n"
        "        payload = reader.take(reader.varint())\n",
    ),
    (
        "5.2",
        "all channels of an entry, then the next entry",
        "        differences.append([unfold(decode_rice(bits, parameter)) for _ in range(n_colors)])\n",
        "        differences.append([parameter])\n"
        "    for _ in range(n_colors):\n"
        "        for channel in differences:\n"
        "            channel.append(unfold(decode_rice(bits, channel[0])))\n"
        "    differences = [channel[1:] for channel in differences]\n",
    ),
    (
        "5.3",
        "red and blue from the green that is decoded",
        "        entry = [(value + step) % 256 for value, step in zip(entry, delta, strict=True)]\n",
        "        if green:\n"
        "            delta[2] += delta[1]\n"
        "        entry = [(value + step) % 256 for value, step in zip(entry, delta, strict=True)]\n",
    ),
    (
        "5.4",
        "the part is divided before the range",
        "        bound = self.range // 65536 * chance\n",
        "        bound = self.range * chance // 65536\n",
    ),
    (
        "5.4",
        "weights learn in one rounding",
        "            learnt[expert] -= learnt[expert] // 4\n"
        "            learnt[expert] += (parts[expert] * 4096 // sum(parts)) // 4\n",
        "            learnt[expert] += (parts[expert] * 4096 // sum(parts) - learnt[expert]) // 4\n",
    ),
    (
        "5.4",
        "weights learn without what is fixed",
        "            parts[expert] += weights[expert] * share * mass\n",
        "            parts[expert] += self.learnt[role][expert] * share * mass\n",
    ),
    (
        "5.4",
        "weights do not learn where no decision was taken",
        "        parts = [0] * EXPERTS\n",
        "        if lowest == 255:\n            return begin\n        parts = [0] * EXPERTS\n",
    ),
    (
        "5.4",
        "values are seen from the next entry on",
        "                for v in range(entry[channel] + 1, 257):\n"
        "                    self.seen[channel][v] += 1\n"
        "            self.entries.append(entry)\n",
        "            if self.entries:\n"
        "                for channel in self.order:\n"
        "                    for v in range(self.entries[-1][channel] + 1, 257):\n"
        "                        self.seen[channel][v] += 1\n"
        "            self.entries.append(entry)\n",
    ),
    (
        "5.4",
        "alpha is inverted, too",
        "                    if channel != self.alpha:\n"
        "                        entry[channel] = 255 - entry[channel]\n",
        "                    entry[channel] = 255 - entry[channel]\n",
    ),
    (
        "5.4",
        "the last word is that of the file, without zeros read past its end",
        '        self.word = int.from_bytes([stream.next_byte() for _ in range(4)], "big")\n'
        "        self.code = self.word\n",
        "        first = stream.data[stream.position : stream.position + 4]\n"
        '        self.word = int.from_bytes([stream.next_byte() for _ in range(4)], "big")\n'
        "        self.code = self.word\n"
        '        self.word = int.from_bytes(first, "big")\n',
    ),
    (
        "5.5",
        "blocks down the columns of the plane",
        "        top, left = k // columns * height, k % columns * width\n",
        "        top, left = k % n_rows * height, k // n_rows * width\n",
    ),
    (
        "6",
        "block width is of rows",
        "        width=-(-header.width // header.block[1]),\n"
        "        height=-(-header.height // header.block[0]),\n",
        "        width=-(-header.width // header.block[0]),\n"
        "        height=-(-header.height // header.block[1]),\n",
    ),
    (
        "6.1",
        "each row begins on a byte",
        "    rows = [[bits.number(index_bits) for _ in range(header.width)] "
        "for _ in range(header.height)]\n",
        "    rows = []\n"
        "    for _ in range(header.height):\n"
        "        bits.position += -bits.position % 8\n"
        "        rows.append([bits.number(index_bits) for _ in range(header.width)])\n",
    ),
    (
        "6.2",
        "the low byte of an index first",
        "    rows = []\n    for start in range(0, len(packed), stride):\n",
        "    if log2_bits == 4:\n"
        "        packed[::2], packed[1::2] = packed[1::2], packed[::2]\n"
        "    rows = []\n    for start in range(0, len(packed), stride):\n",
    ),
    (
        "6.2",
        "planes do not look at the plane before",
        "        if kind == FILTER_UP and position >= stride:\n",
        "        if kind == FILTER_UP and position >= stride and position != 5 * stride:\n",
    ),
    (
        "6.3.1",
        "tiles column by column",
        "    for size, place in zip(sizes, product(*map(range, counts)), strict=True):\n",
        "    turned = [(a, b, c) for a, c, b in product(*(range(counts[i]) for i in (0, 2, 1)))]\n"
        "    for size, place in zip(sizes, turned, strict=True):\n",
    ),
    (
        "6.3.1",
        "tiles of equal sides, the last one smaller",
        "        first, top, left = (s * k // n for s, k, n in zip(sides, place, counts, "
        "strict=True))\n        end, bottom, right = (\n"
        "            s * (k + 1) // n for s, k, n in zip(sides, place, counts, strict=True)\n"
        "        )\n",
        "        first, top, left = (\n"
        "            min(-(-s // n) * k, s - 1) for s, k, n in zip(sides, place, counts, "
        "strict=True)\n        )\n        end, bottom, right = (\n"
        "            min(-(-s // n) * (k + 1), s)\n"
        "            for s, k, n in zip(sides, place, counts, strict=True)\n"
        "        )\n",
    ),
    (
        "6.3.1",
        "the lower rows' range decoder takes the first bytes",
        "            self.coders.append(self.start_coder())\n",
        "            self.coders.insert(0, self.start_coder())\n",
    ),
    (
        "6.3.1",
        "learning begins anew in each plane",
        "                self.padded = self.build_plane()\n",
        "                self.padded = self.build_plane()\n"
        "                self.rows = [{} for _ in self.inputs]\n",
    ),
    (
        "6.3.2",
        "the last channel of those that are equal",
        "        channel = spreads.index(max(spreads))\n",
        "        channel = max(range(len(spreads)), key=lambda c: (spreads[c], c))\n",
    ),
    (
        "6.3.2",
        "entries with the same value change places",
        "        run.sort(key=lambda entry: self.palette[entry][channel])  # a stable sort\n",
        "        run.sort(key=lambda entry: (self.palette[entry][channel], -entry))\n",
    ),
    (
        "6.3.2",
        "spreads are not weighted by the number",
        "            m * sum(v * v for v in column) - sum(column) ** 2\n",
        "            sum(v * v for v in column) - sum(column) ** 2 // m\n",
    ),
    (
        "6.3.3",
        "to the left stands the leaf of this row",
        "            self.padded[y + 3][:3] = [self.padded[y + 2][3]] * 3\n",
        "            self.padded[y + 3][:3] = [0] * 3\n",
    ),
    (
        "6.3.3",
        "to the right stands 0",
        "                    row[width + 3 :] = [row[width + 2]] * 2\n",
        "                    row[width + 3 :] = [0] * 2\n",
    ),
    (
        "6.3.3",
        "above the first row of a plane stands the plane before",
        "                self.padded = self.build_plane()\n",
        "                self.padded = self.build_plane()\n"
        "                self.padded[2] = list(self.before[-2])\n",
    ),
    (
        "6.3.4",
        "matches are looked up only where a leaf is to be found",
        "        site = Site(x, y, near, self.find_matches(near), expected=w)\n",
        "        known = [] if all(leaf == w for leaf in near[:6]) else self.find_matches(near)\n"
        "        site = Site(x, y, near, known, expected=w)\n",
    ),
    (
        "6.3.4",
        "one calm for both rows",
        "        self.calm[line] += length\n",
        "        self.calm[line] += length\n        self.calm = [self.calm[line]] * 2\n",
    ),
    (
        "6.3.4",
        "one set of decisions for still and other pixels",
        "            self.cells.setdefault((kind, site.still, i, place), Cell(start))\n",
        "            self.cells.setdefault((kind, False, i, place), Cell(start))\n",
    ),
    (
        "6.3.4",
        "visits count before the speed is found",
        "        step = ((bit << 16) - chance) * (2097 + 268432 // (16 + used.visits)) // 65536\n"
        "        used.visits = min(used.visits + 1, 255)\n",
        "        used.visits = min(used.visits + 1, 255)\n"
        "        step = ((bit << 16) - chance) * (2097 + 268432 // (16 + used.visits)) // 65536\n",
    ),
    (
        "6.3.4",
        "counts grow before the haste is found",
        "            haste = 40960 // (10 * cell.count + 15)\n",
        "            haste = 40960 // (10 * min(cell.count + 1, MOST_COUNT) + 15)\n",
    ),
    (
        "6.3.4",
        "a run that broke may be followed by a run",
        '            self.broke[line] = ""\n            length = 0\n',
        '            self.broke[line] = ""\n            length = 0 if site.still else 1\n',
    ),
    (
        "6.3.5",
        "the lower pixel's symbol first",
        "            symbols = [self.decode_symbol(mixture) for mixture in mixtures]\n",
        "            symbols = [self.decode_symbol(mixture) for mixture in mixtures[::-1]][::-1]\n",
    ),
    (
        "6.3.5",
        "the lower pixel learns first",
        "            for k, (mixture, symbol) in enumerate(zip(mixtures, symbols, strict=True)):\n",
        "            for k, (mixture, symbol) in reversed(\n"
        "                list(enumerate(zip(mixtures, symbols, strict=True)))\n"
        "            ):\n",
    ),
    (
        "6.3.5",
        "a pixel learns before the next one is mixed",
        "            for mixture in mixtures:\n"
        "                self.mix(mixture)\n"
        "            symbols = [self.decode_symbol(mixture) for mixture in mixtures]\n"
        "            for k, (mixture, symbol) in enumerate(zip(mixtures, symbols, strict=True)):\n"
        "                self.learn(mixture, symbol)\n",
        "            for k, mixture in enumerate(mixtures):\n"
        "                self.mix(mixture)\n"
        "                symbol = self.decode_symbol(mixture)\n"
        "                self.learn(mixture, symbol)\n",
    ),
    (
        "6.3.5",
        "the upper pixel goes through all steps first",
        "        for site in sites:\n            self.describe(site)\n"
        "        prefixes = [0] * len(sites)\n",
        "        if len(sites) > 1:\n"
        "            for site in sites:\n                self.decode_leaves([site])\n"
        "            return\n"
        "        for site in sites:\n            self.describe(site)\n"
        "        prefixes = [0] * len(sites)\n",
    ),
    (
        "6.3.5",
        "the mixers learn from the ends of the symbol's parts",
        "            e = list(map(sub, [0, *mixer.high], mixer.high))\n",
        "            e = list(map(sub, [0, *mixture.high], mixture.high))\n",
    ),
    (
        "6.3.5",
        "the mean of the totals in one rounding",
        "            mean = [a // 2 + b // 2 for a, b in zip(*totals, strict=True)]\n",
        "            mean = [(a + b) // 2 for a, b in zip(*totals, strict=True)]\n",
    ),
    (
        "6.3.5",
        "weights are summed before they are saturated",
        "        weights = saturate(list(map(add, weights, others)))\n",
        "        weights = list(map(add, weights, others))\n",
    ),
    (
        "6.3.5",
        "one sum of all inputs",
        "        sums[i % 2] = saturate(list(map(add, sums[i % 2], products)))\n",
        "        sums[0] = saturate(list(map(add, sums[0], products)))\n",
    ),
    (
        "6.3.5",
        "a row rises from where it has fallen to",
        "            rise = gains[base - row.chance[came] >> 5]\n"
        "            row.chance = saturate([v - loss for v in row.chance])\n",
        "            row.chance = saturate([v - loss for v in row.chance])\n"
        "            rise = gains[min(max(base - row.chance[came] >> 5, 0), 2047)]\n",
    ),
    (
        "6.3.5",
        "rows learn before mixers",
        "        gains, shown = build_gains(), mixture.shown()\n",
        "        gains, shown = build_gains(), mixture.shown()\n"
        "        shown = [\n"
        "            [v + 64 * (s == symbol) for s, v in enumerate(values)] for values in shown\n"
        "        ]\n",
    ),
    (
        "6.3.5",
        "the excluded symbol is that of W",
        "        expected = mixture.site.expected\n",
        "        expected = mixture.site.near[W]\n",
    ),
    (
        "6.3.5",
        "a symbol is excluded at every step",
        "        if mixture.site.escaped and mixture.unit == 1 and expected // 16 == "
        "mixture.prefix:\n",
        "        expected //= mixture.unit\n"
        "        if mixture.site.escaped and expected // 16 == mixture.prefix:\n",
    ),
    (
        "6.3.5",
        "the rate counts from each plane's start",
        "        pixels = (self.z * self.height + y) * width  # before this pair\n",
        "        pixels = y * width\n",
    ),
    (
        "6.3.6",
        "rows are not emptied for another number",
        "            row.chance, row.count, row.check = [0] * 16, 0, check\n",
        "            row.check = check\n",
    ),
    (
        "6.3.6",
        "the centre of no leaf is that of all",
        "                or (0, 0, 0, 0)\n",
        "                or (128, 128, 128, 0)\n",
    ),
    (
        "6.3.6",
        "rows modulo 4096",
        '    "ROW": lambda site: mixed_hash(site.y, 17),\n',
        '    "ROW": lambda site: mixed_hash(site.y % 4096, 17),\n',
    ),
    (
        "6.3.7",
        "match 1 is noted first",
        "        for match in site.matches:\n            times",
        "        for match in site.matches[::-1]:\n            times",
    ),
    (
        "6.3.7",
        "the lower row notes first",
        "        for site, leaf in zip(sites, prefixes, strict=True):\n            if",
        "        for site, leaf in zip(sites[::-1], prefixes[::-1], strict=True):\n            if",
    ),
    (
        "6.3.7",
        "all leaves of a run are noted",
        "            self.entries[match.number % self.n_matches] = match.number >> 21, times, "
        "leaves[0]\n",
        "            times = min(times + len(leaves) - 1, MOST_TIMES)\n"
        "            self.entries[match.number % self.n_matches] = match.number >> 21, times, "
        "leaves[0]\n",
    ),
    (
        "6.3.9",
        "columns modulo 4096",
        "            strip = site.x * (2**20 // self.width) // 2**16\n",
        "            strip = site.x % 4096 * (2**20 // self.width) // 2**16\n",
    ),
    (
        "6.3.9",
        "strips of whole pixels",
        "            strip = site.x * (2**20 // self.width) // 2**16\n",
        "            strip = site.x * 16 // self.width\n",
    ),
)
