"""The words of the rendered benchmark: what can be drawn, and what captions can say. Data only.

The attribute vocabularies (29 colours, the materials, patterns and transparencies that a drawing can show)
follow FG-OVD (Bianchi et al., CVPR 2024, arXiv 2311.17518); which colours are too close to be told apart is said in
`fg_demo.lookalikes.vocabulary`.
"""

CATEGORIES: dict[str, str] = {
    "mug": "handle",
    "bottle": "cap",
    "bowl": "rim",
    "plate": "rim",
    "vase": "neck",
    "chair": "legs",
    "table": "legs",
    "lamp": "base",
    "book": "spine",
    "ball": "band",
    "hat": "band",
    "shoe": "sole",
    "handbag": "strap",
    "car": "wheels",
    "clock": "frame",
    "pillow": "edge",
    "box": "lid",
    "spoon": "handle",
    "scissors": "handles",
    "bench": "legs",
    "bucket": "handle",
    "basket": "handle",
    "kettle": "handle",
    "guitar": "neck",
}
"""Category → its one named part, which has a colour and a material of its own."""

COLORS: dict[str, tuple[int, int, int]] = {
    "black": (22, 22, 24),
    "white": (246, 245, 242),
    "grey": (130, 130, 132),
    "light grey": (192, 193, 195),
    "dark grey": (74, 75, 78),
    "red": (216, 28, 32),
    "light red": (244, 116, 110),
    "dark red": (118, 12, 20),
    "orange": (246, 130, 16),
    "light orange": (253, 188, 116),
    "dark orange": (188, 82, 6),
    "yellow": (248, 218, 22),
    "light yellow": (254, 242, 156),
    "dark yellow": (178, 146, 8),
    "green": (36, 162, 58),
    "light green": (152, 224, 142),
    "dark green": (12, 82, 36),
    "blue": (30, 88, 218),
    "light blue": (142, 194, 248),
    "dark blue": (14, 30, 110),
    "purple": (138, 48, 182),
    "light purple": (198, 158, 234),
    "dark purple": (70, 16, 102),
    "pink": (246, 100, 172),
    "light pink": (253, 194, 216),
    "dark pink": (192, 32, 112),
    "brown": (134, 82, 42),
    "light brown": (192, 146, 100),
    "dark brown": (72, 40, 18),
}
"""Colour name → sRGB, 0–255, under white light."""

MATERIALS: tuple[str, ...] = (
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
    "rattan",
)

PATTERNS: tuple[str, ...] = (
    "plain",
    "striped",
    "dotted",
    "checkered",
    "floral",
    "woven",
    "studded",
    "perforated",
)
"""The first one is the absence of a pattern."""

TRANSPARENCIES: tuple[str, ...] = ("opaque", "translucent", "transparent")

SETTINGS: dict[str, str] = {
    "wooden table": "on a wooden table",
    "grass": "on the grass",
    "beach": "on the beach",
    "tiles": "on a tiled floor",
    "bricks": "in front of a brick wall",
    "carpet": "on a carpet",
    "road": "on the road",
    "snow": "in the snow",
    "shelf": "on a shelf",
    "kitchen": "in a kitchen",
}
"""Where a scene takes place → the phrase that says so."""
