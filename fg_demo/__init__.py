"""What happens to one image: box, crop, backbone, comparison."""

from fg_demo.backbone import Backbone, load_backbone
from fg_demo.boxes import Box, crop
from fg_demo.compare import compare

__all__ = ["Backbone", "Box", "compare", "crop", "load_backbone"]
