"""What happens to one image: box, crop, backbone, comparison."""

from fg_demo.backbone import Backbone, load_backbone
from fg_demo.boxes import Box, crop

__all__ = ["Backbone", "Box", "crop", "load_backbone"]
