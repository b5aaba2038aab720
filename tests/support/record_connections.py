"""`python record_connections.py LOG PROGRAM ARGUMENTS…`: the program, with every address that its process looks up
or connects to as a line of the log."""

import os
import runpy
import sys

PLACE = {"socket.connect": 1, "socket.sendto": 1, "socket.getaddrinfo": 0}
"""Which of an audit event's arguments says where to (Python's table of audit events)."""


def _note(event: str, arguments: tuple) -> None:
    if event in PLACE:
        where = arguments[PLACE[event]]
        os.write(_log, f"{where[0] if isinstance(where, tuple) else where}\n".encode())


_log = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
sys.argv = sys.argv[2:]
sys.path[0] = os.path.dirname(os.path.abspath(sys.argv[0]))  # noqa: PTH100, PTH120
sys.addaudithook(_note)
runpy.run_path(sys.argv[0], run_name="__main__")
