"""Bytes on disk and on the wire, lines on a terminal: what every room needs and no room owns. Knows no head.

atomic              replacing(path): write aside, rename, clean up, for files and folders
cache               the cache folder (FG_CACHE)
device              auto, cpu or cuda
digests             git's blob id, what the Hub knows files by, and SHA-256 of a file
lazy                names of a package, imported when they are asked for
object_store        files below s3://, hf:// and the like
strict_json         JSON from strangers, refused where readers could differ
download            a verified file from a named host, with retries
system_files        what a system or an editor leaves in any folder
tensors             named tensors in one safetensors file
safetensors_header  the tensors of such a file before it is fetched
text_table          columns of text for a terminal
waiting             how long a server asks to be left alone
"""
