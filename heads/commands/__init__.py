"""`python -m heads …`: one module a command, with its flags and the function that runs it; nothing imports a command.

program    how a command is found and run, and what its exit status says; for every `python -m` of the project
train      train a head on cached embeddings
centre     a centred head from a file of pairs
ground     a grounded head from a file of attribute values
search     the best captions of images, or images of captions
copy       a head's folder under another name
push       publish a head's folder
released   convert the paper authors' checkpoints
guided     convert GUIDED's
catalogue  what these two share
"""
