"""The attributes of FG-OVD and which of them may stand in another's place. Data and rules, no captions.

29 colours, 14 materials, 9 patterns and 3 transparencies, the groups of colours too close to be told apart, and the
rule that a colour is never replaced by a shade of itself nor by one of its group: FG-OVD (Bianchi et al., CVPR 2024,
arXiv 2311.17518; repository lorebianchi98/FG-OVD, captions_generation/). So is the rule that "plain" and "opaque" are
no attributes to change: they say that there is nothing to see.
"""

HUES: tuple[str, ...] = ("grey", "red", "orange", "yellow", "green", "blue", "purple", "pink", "brown")

COLORS: tuple[str, ...] = (
    "black",
    "white",
    *(f"{shade}{hue}" for hue in HUES for shade in ("", "light ", "dark ")),
)

MATERIALS: tuple[str, ...] = (
    *(
        "wood",
        "metal",
        "glass",
        "plastic",
        "fabric",
        "leather",
        "ceramic",
        "paper",
        "stone",
        "wool",
        "velvet",
    ),
    *("rattan", "crochet", "text"),
)

PATTERNS: tuple[str, ...] = (
    *("plain", "striped", "dotted", "checkered", "floral", "woven", "studded", "perforated", "logo"),
)

TRANSPARENCIES: tuple[str, ...] = ("opaque", "translucent", "transparent")

VALUES: dict[str, tuple[str, ...]] = {
    "color": COLORS,
    "material": MATERIALS,
    "pattern": PATTERNS,
    "transparency": TRANSPARENCIES,
}
"""Kind → its values, in the order in which they are shown."""

UNREMARKABLE = frozenset({"plain", "opaque"})
"""Values that may replace another and are not replaced themselves."""

AMBIGUOUS_COLORS: tuple[frozenset[str], ...] = (
    frozenset({"dark blue", "dark brown", "dark grey", "black"}),
    frozenset({"white", "light grey", "light green", "light blue", "light brown"}),
    frozenset({"brown", "grey"}),
    frozenset({"light orange", "orange", "light yellow", "yellow"}),
    frozenset({"light orange", "orange", "light red", "red"}),
    frozenset({"orange", "dark orange", "red", "dark red"}),
    frozenset({"orange", "dark orange", "yellow", "dark yellow"}),
    frozenset({"light pink", "pink", "light purple", "purple", "light red", "red"}),
    frozenset({"dark pink", "pink", "dark purple", "purple", "dark red", "red"}),
)
"""Colours that may be taken for one another: a negative never swaps two of one group."""


def replacements(kind: str, value: str) -> list[str]:
    """The values of the kind that may stand in place of `value`: none that could be mistaken for it."""
    return [other for other in VALUES[kind] if not may_be_mistaken(other, value)]


def may_be_mistaken(value: str, other: str) -> bool:
    """A value and itself, shades of one hue, and colours of one ambiguity group."""
    groups = (group for group in AMBIGUOUS_COLORS if value in group)
    return family(value) == family(other) or any(other in group for group in groups)


def family(value: str) -> str:
    """The hue of a colour's shades ("red" of "dark red"); any other value is a family of its own."""
    return value.split()[-1]


def article(word: str) -> str:
    """The indefinite article that the word wants."""
    return "an" if word[:1].lower() in set("aeiou") else "a"
