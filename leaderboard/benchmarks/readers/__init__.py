"""A benchmark's source goes in; its rows, images and captions come out.

source         which reader a split has
reader         what every reader offers
file_reader    annotation files
hub_reader     datasets in a folder or on the Hub
csv_reader     a benchmark that is one CSV file
github_files   files of a GitHub repository at a pinned commit
rebuilt        splits that do not ship, built by a command
remote_images  COCO's images, from a folder, an object store, or downloaded once
"""
