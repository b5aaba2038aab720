"""A benchmark's name goes in; samples, images and captions come out.

catalogue    SUBSETS and BENCHMARKS: where rows are, at which revision; pinned_files is what is in them
lookup       a benchmark by the name that somebody gives
split        BenchmarkSplit: opened once, read once
readers      rows, images and captions from files, the Hub, a CSV file
annotation   one checked row, and the columns of each source
samples      Sample; what is odd about rows, counted; the digest of what is ranked
captions     those that coarse retrieval is measured on
protocol     how heads are measured: the fields, and what they say in English; usual_protocol is a benchmark's own
own_csv      the rows of a CSV file of one's own, checked
at_hand      what a page may read without asking the network
image_links  a benchmark's image as a file, for links
"""
