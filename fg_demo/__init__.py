"""What happens to one image: box, crop, backbone, comparison.

boxes       Box, crop
images      image files of visitors and benchmarks, or a refusal in words
upright     pixels as they are meant to be seen
memory      memory that goes back to the system
models      backbones and heads: load_backbone
scores      compare(): a region, descriptions and heads give a tidy frame
box_drawer  the component on which a visitor draws
page        the Compare tab
"""

from fg_demo.boxes import Box, crop
from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import load_backbone
from fg_demo.scores import compare

__all__ = ["Backbone", "Box", "compare", "crop", "load_backbone"]
