"""The component on which a visitor draws a box."""

from fg_demo.box_drawer.component import BoxDrawer, Drawing

__all__ = ["BoxDrawer", "Drawing"]
