"""`python -m fg_demo …`: one module a command, with its flags and the function that runs it; nothing imports a command.

adapt    train a LoRA adapter of a backbone
noctowl  fetch NoctOWL's class heads
"""
