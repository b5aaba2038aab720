"""A seed goes in, a scene and its picture come out.

scenes       what is in a scene: objects, attributes, places
composition  a scene's picture, from back to front
objects      one object's picture
silhouettes  outlines of the kinds
forms        the building blocks of outlines
surfaces     colour, light and transparency on an outline
textures     what materials look like
patterns     stripes, dots and their kin
backgrounds  what stands behind
canvas       drawing at a higher resolution
"""
