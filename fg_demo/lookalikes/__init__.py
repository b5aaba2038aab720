"""Hard negatives of one description, as FG-OVD makes them: the same sentence with some attributes exchanged.

vocabulary  the attributes' values by kind, and which colours may be taken for one another
attributes  the attributes that a description names, where they stand
swaps       which attributes part two descriptions
half_truth  the description without the attribute that a negative swaps
writing     look_alikes: descriptions with some of them replaced; with_attribute: one with an attribute more
"""
