"""A benchmark's name goes in; samples, images and captions come out.

catalogue      SUBSETS and BENCHMARKS: where rows are, at which revision
source         a benchmark by name
annotation     one checked row, and the columns of each source
samples        Sample; what is odd about rows, counted; the digest of what is ranked
protocol       how heads are measured on a benchmark
reader         what every source offers
file_reader    annotation files
hub_reader     datasets in a folder or on the Hub
csv_reader     a benchmark that is one CSV file
own_csv        its columns, checked
at_hand        what a page may read without asking the network
github_files   files of a GitHub repository at a pinned commit
remote_images  COCO's images, from a folder or downloaded once
image_links    a benchmark's image as a file, for links
"""
