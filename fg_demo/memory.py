"""Memory that goes back to the system."""

import ctypes


def give_back() -> None:
    """Return what the C library keeps of freed memory to the system, where it can be asked to: glibc's malloc_trim.

    A decoder frees its blocks, and glibc keeps most of them for the next time, which may not come for hours.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
