"""Heads of others: a request goes in, a record in the results dataset comes out.

requests       requests and refusals as files
submit         ask by pull request
dataset        the results dataset, and its last good copy
commit         one commit on its newest state
discover       the heads that wait
refresh        all that wait, one after the other
examine        one head, from vetting to its result
results        what became of each
remeasure      measuring a head in a limited process
sandboxed      what runs in that process
sandbox        the process: bounded time and memory, no token
limits         its limits, set before anything else is imported
self_reported  what an author states
"""
