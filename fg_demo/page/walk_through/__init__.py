"""A walk-through of a minute: what to begin with, what to look at, in a few sentences beside the things themselves.

offer  the line that offers it, its script, style and steps
"""
