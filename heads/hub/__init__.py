"""A head on the Hugging Face Hub. Folders go up in one commit, and come down at one commit.

client       HfApi with time-outs, and what its errors mean
repo_name    what reads as owner/name
download     the config first, then weights no larger than it says
push_files   what is published of a folder
push_target  what else a repository holds, so that nothing is pushed over it
upload       files in one commit, or nothing
push         a head's files, so
released     heads that others published: fetched, verified, converted
paper        those of the paper's authors
guided       those of GUIDED
"""
