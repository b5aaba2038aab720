"""Parts of the Compare tab, each with its components and what their events run.

writing   one description, and its look-alikes written into the list
boxes     several boxes on one image, a row a box
locating  where on the image a description scores high
sweeping  every value of an attribute at once
"""
