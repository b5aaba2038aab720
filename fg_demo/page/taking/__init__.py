"""What a visitor takes along of a comparison: made when it is asked for, and kept by nobody but the visitor.

link    a comparison as an address
names   what links call the page's own images; a visitor's photograph has no name
files   the scores as CSV and JSON, and the lines of Python that give them
figure  the scores as a chart, SVG or PNG
panel   the buttons
"""
