"""`python -m heads …`: one module a command; nothing imports a command but `heads.__main__`.

train     train a head on cached embeddings
centre    a centred head from a file of pairs
push      publish a head's folder
released  convert the paper authors' checkpoints
"""
