"""`python -m fg_demo …`: one module a command, with its flags and the function that runs it; nothing imports a command.

adapt            train a LoRA adapter of a backbone
rescale_adapter  set an adapter's alpha, or choose it on validation data
push_adapter     publish an adapter on the Hub
noctowl          fetch NoctOWL's class heads
"""
