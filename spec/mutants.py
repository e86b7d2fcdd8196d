"""Wrong decoders, made from a right one by one change each.

A change replaces a few characters of the source. Numbers become one more and one less, comparisons
let in or keep out their limit, clamps and saturations let everything through, a rounding goes the
other way, a statement or a part of a condition is left out; and `ORDERS` has what no rule of that
kind makes: steps of the specification in another order.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orders import Order

TURNED = {
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.In: ("in", "not in"),
}
TURNED_SIGNS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.BitXor: ("^", "|"),
}
PASSED_ON = {"clamp", "saturate"}  # calls that become their first argument
CHOICES = {"min", "max"}  # calls that become either of their arguments


@dataclass(frozen=True)
class Mutant:
    """One change of a source: the characters from `start` to `end` become `text`."""

    name: str
    section: str  # of the specification
    block: int  # which block of statements is changed; those of a constant are many
    users: tuple[int, ...]  # the blocks that a changed constant of the module touches
    start: int
    end: int
    text: str

    def apply(self, source: str) -> str:
        """Return the source of the wrong decoder."""
        return source[: self.start] + self.text + source[self.end :]


class Source:
    """The text of a decoder: its blocks of statements, and where its nodes stand."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.starts = [0]
        for line in text.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.block_of: dict[ast.AST, int] = {}
        self.function_of: dict[ast.AST, str] = {}
        self.n_blocks = 0
        self.lambdas: list[tuple[ast.Lambda, int]] = []
        self.bodies: list[tuple[list[ast.stmt], int]] = []
        self._number(self.tree, 0, "")

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Return where a node begins and ends."""
        start = self.starts[node.lineno - 1] + node.col_offset  # type: ignore[attr-defined]
        end = self.starts[node.end_lineno - 1] + node.end_col_offset  # type: ignore[attr-defined]
        return start, end

    def words(self, node: ast.AST) -> str:
        """Return the text of a node."""
        start, end = self.span(node)
        return self.text[start:end]

    def _number(self, node: ast.AST, block: int, function: str) -> None:
        """Note for a node and all below it which block and function they are in."""
        self.block_of[node] = block
        self.function_of[node] = function
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            function = f"{function}.{node.name}".lstrip(".")
        for name, value in ast.iter_fields(node):
            inner = block
            opens = name in {"body", "orelse", "handlers"} and isinstance(value, list)
            if opens and not isinstance(node, ast.Module | ast.ClassDef):
                inner = self._open(value)
            if isinstance(node, ast.Lambda) and name == "body":
                self.n_blocks += 1
                inner = self.n_blocks
                self.lambdas.append((node, inner))
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    self._number(child, inner, function)

    def _open(self, body: list[ast.stmt]) -> int:
        """Return the number of a new block."""
        self.n_blocks += 1
        if body and isinstance(body[0], ast.stmt):
            self.bodies.append((body, self.n_blocks))
        return self.n_blocks

    def instrumented(self) -> ast.Module:
        """Return a tree that adds the number of each block that runs to the set `reached`."""
        copy = Source(self.text)
        for body, number in copy.bodies:
            first = isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant)
            body.insert(int(first), ast.parse(f"reached.add({number})").body[0])
        for node, number in copy.lambdas:
            call = ast.parse(f"(reached.add({number}), 0)[1]", mode="eval").body
            call.value.elts[1] = node.body  # type: ignore[attr-defined]
            node.body = call
        start = 1 + next(
            i for i, node in enumerate(copy.tree.body) if isinstance(node, ast.ImportFrom)
        )
        copy.tree.body.insert(start, ast.parse("reached = set()").body[0])
        return ast.fix_missing_locations(copy.tree)

    def users(self) -> dict[str, set[int]]:
        """Return which blocks use each name of the module."""
        defined = {}
        for statement in self.tree.body:
            for name in names_of(statement):
                defined[name] = statement
        found: dict[str, set[int]] = {name: set() for name in defined}
        for node, block in self.block_of.items():
            if isinstance(node, ast.Name) and node.id in found and block:
                found[node.id].add(block)
        for _ in range(3):  # constants that are made of constants
            for name, statement in defined.items():
                for part in ast.walk(statement):
                    if isinstance(part, ast.Name) and part.id in found and part.id != name:
                        found[part.id] |= found[name]
        return found


def names_of(node: ast.stmt) -> list[str]:
    """Return the names that a statement of the module gives a value."""
    targets = node.targets if isinstance(node, ast.Assign) else []
    targets = [node.target] if isinstance(node, ast.AnnAssign) else targets
    return [
        part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)
    ]


def find_sections(source: Source) -> list[str]:
    """Return which section of the specification each line of the source follows."""
    sections, section = [], ""
    for text in source.text.splitlines():
        found = re.findall(r"#.*?\b(\d\.[\d.]*\d)\b|# Section (\d)", text)
        if found:
            section = found[-1][0] or found[-1][1]
        sections.append(section)
    for node in ast.walk(source.tree):  # from the outside to the inside
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found = re.findall(r"\((\d[\d.]*)", ast.get_docstring(node) or "")
            if found and not (isinstance(node, ast.ClassDef) and node.name == "TileDecoder"):
                end = node.end_lineno or 0
                sections[node.lineno - 1 : end] = [found[-1].rstrip(".")] * (end - node.lineno + 1)
    return sections


def edits_of(  # noqa: C901, PLR0912 - a rule after the other
    source: Source, node: ast.AST
) -> Iterator[tuple[int, int, str]]:
    """Yield the changes of a node: start, end and new text."""
    start, end = source.span(node) if hasattr(node, "lineno") else (0, 0)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        hexadecimal = source.words(node).startswith("0x")
        for value in (node.value + 1, node.value - 1):
            text = f"{value:#x}" if hexadecimal and value >= 0 else str(value)
            yield start, end, text if value >= 0 else f"({text})"
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from turn(source, node.left, node.comparators[0], TURNED.get(type(node.ops[0])))
    if isinstance(node, ast.BinOp):
        yield from turn(source, node.left, node.right, TURNED_SIGNS.get(type(node.op)))
        if isinstance(node.op, ast.FloorDiv):
            yield start, end, f"(-(-({source.words(node.left)}) // ({source.words(node.right)})))"
        if isinstance(node.op, ast.Mod):
            yield start, end, f"({source.words(node.left)})"
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        yield from turn(source, node.target, node.value, TURNED_SIGNS[type(node.op)])
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in PASSED_ON and node.args:
            yield start, end, f"({source.words(node.args[0])})"
        if node.func.id in CHOICES and len(node.args) == 2:
            for part in node.args:
                yield start, end, f"({source.words(part)})"
    if isinstance(node, ast.BoolOp):
        sign = " and " if isinstance(node.op, ast.And) else " or "
        for left in node.values:
            rest = [source.words(part) for part in node.values if part is not left]
            yield start, end, f"({sign.join(rest)})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield start, end, f"bool({source.words(node.operand)})"
    if isinstance(node, ast.IfExp):
        yield start, end, f"({source.words(node.body)})"
        yield start, end, f"({source.words(node.orelse)})"
    if isinstance(node, ast.If):
        for text in ("True", "False"):
            yield (*source.span(node.test), text)
    if source.block_of[node] and can_be_left_out(node):
        yield start, end, "pass"


def turn(
    source: Source, left: ast.AST, right: ast.AST, signs: tuple[str, str] | None
) -> Iterator[tuple[int, int, str]]:
    """Yield the change of the operator between two operands."""
    start, end = source.span(left)[1], source.span(right)[0]
    if signs is None or signs[0] not in source.text[start:end]:
        return
    at = source.text.index(signs[0], start, end)
    yield at, at + len(signs[0]), signs[1]


def can_be_left_out(node: ast.AST) -> bool:
    """Return whether a decoder without this statement may run, and do something else."""
    if isinstance(node, ast.Assign):
        return any(isinstance(part, ast.Attribute | ast.Subscript) for part in node.targets)
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return isinstance(node, ast.AugAssign | ast.Expr | ast.Raise) and not is_text


def find_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield all nodes below one, without annotations, decorators and what errors say."""
    yield node
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.arg):
        return
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases", "msg"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from find_nodes(child)


def make_mutants(
    text: str, orders: tuple[Order, ...] = (), skip: frozenset[str] = frozenset()
) -> list[Mutant]:
    """Return all mutants of a source; functions named in `skip` stay as they are."""
    source = Source(text)
    users = source.users()
    sections = find_sections(source)
    mutants: list[Mutant] = []
    seen: Counter[str] = Counter()

    def add(node: ast.AST, edit: tuple[int, int, str], constants: list[str]) -> None:
        start, end, new = edit
        line = text.count("\n", 0, start)
        function = source.function_of[node]
        shown = " ".join(text[start:end].split())
        context = " ".join(text.splitlines()[line].split())
        name = f"{function or names_of(top)[0]}: {shown} -> {' '.join(new.split())} | {context}"
        seen[name] += 1
        if seen[name] > 1:
            name += f" #{seen[name]}"
        touched = tuple(sorted(set().union(*(users[c] for c in constants)))) if constants else ()
        block = source.block_of[node]
        mutants.append(Mutant(name, sections[line], block, touched, start, end, new))

    for top in source.tree.body:
        constants = names_of(top)
        if isinstance(top, ast.Import | ast.ImportFrom | ast.If) or not (
            constants or isinstance(top, ast.FunctionDef | ast.ClassDef)
        ):
            continue
        for node in find_nodes(top):
            if source.function_of[node].split(".")[0] in skip or isinstance(node, ast.ImportFrom):
                continue
            if isinstance(top, ast.FunctionDef | ast.ClassDef) and top.name in skip:
                continue
            if source.block_of[node] == 0 and constants and not any(users[c] for c in constants):
                continue  # a name that nothing uses
            for edit in edits_of(source, node):
                add(node, edit, constants if source.block_of[node] == 0 else [])
    return mutants + [make_order(source, order) for order in orders]


def make_order(source: Source, order: Order) -> Mutant:
    """Return the mutant of steps in another order."""
    section, name, old, new = order
    if source.text.count(old) != 1:
        raise ValueError(f"what to change is there {source.text.count(old)} times: {old}")
    start = source.text.index(old)
    line = source.text.count("\n", 0, start) + 1 + old.count("\n") // 2
    inside = [node for node in source.block_of if getattr(node, "lineno", 0) == line]
    block = source.block_of[inside[-1]] if inside else 0
    users = () if block else (-1,)
    return Mutant(f"order: {name}", section, block, users, start, start + len(old), new)
