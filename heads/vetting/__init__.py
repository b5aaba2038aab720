"""May this head be measured? A folder or repository goes in, a list of findings comes out.

vet         vet(repo), vet_folder(folder)
checks      the checks, in order
sources     a folder or a repository, read a little at a time
plain_text  hidden characters and active content
"""
