"""What happens to one image: box, crop, backbone, comparison.

lookalikes  hard negatives of one description
boxes       Box, crop
images      image files of visitors and benchmarks, or a refusal in words
upright     pixels as they are meant to be seen
memory      memory that goes back to the system
models      backbones and heads: load_backbone
adaptation  FiGCLIP: an adapter of a backbone, trained on clips or regions
scores      compare(): a region, descriptions and heads give a tidy frame
sweep       every value of an attribute at once
heat_map    where on an image a description scores high
verdicts    half-truths, and what is said without the picture
blending    a head blended with the cosine, and where that changes the order
box_drawer  the component on which a visitor draws
score_bars  the component that shows scores, with a slider from CLIP to the head
page        the Compare tab
commands    python -m fg_demo adapt (through __main__)
"""

from typing import TYPE_CHECKING

from heads.io.lazy import lazy_names

if TYPE_CHECKING:
    from fg_demo.boxes import Box, crop
    from fg_demo.models.backbone import Backbone
    from fg_demo.models.clip import load_backbone
    from fg_demo.scores import compare

__all__ = ["Backbone", "Box", "compare", "crop", "load_backbone"]

__getattr__ = lazy_names(__file__)
