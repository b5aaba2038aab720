"""Heads of others: a request goes in, a record in the results dataset comes out.

requests       evaluation requests and refusals as files
submit         a request by pull request
dataset        the results dataset, and its last good copy
commit         one commit on its newest state
discover       the requests that wait, and the tagged heads
refresh        all of them, one after the other
examine        the worker: one request, from vetting to its result
results        the result of each
measured       records of one's own, with a detector's predictions
remeasure      the evaluator: a head measured in a limited process
sandboxed      what runs in that process
sandbox        the process: resource limits, no token
limits         its limits, set before anything else is imported
self_reported  what an author claims
"""
