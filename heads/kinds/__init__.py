"""The kinds of heads, one a file. A file put here is found: it needs no line anywhere else.

cosine       the frozen backbone's own cosine
linear       one linear map a side
mlp          a small network a side
attention    attention between the two embeddings
blend        the frozen cosine and a trained branch in one projection
centred      cosine without the mean image and the mean caption
text_matrix  one matrix on the caption's side
grounded     captions moved towards what the attributes that they name look like
facets       a soft AND over several readings of the caption
"""

from importlib import import_module
from pathlib import Path

from heads.head import kind_modules

for _module in kind_modules(Path(__file__).parent):
    import_module(f"{__name__}.{_module}")
