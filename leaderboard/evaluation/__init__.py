"""A head and a benchmark go in, a record comes out.

measure            from names to a record
open_head          a head by name, and its entry in a record
evaluate           ranks and figures of subsets
metrics            figures from ranks
confusions         which word is taken for which
retrieval          coarse retrieval of whole images and captions
blind              a head's ranks without the image
text_only          what captions alone give away
text_only_records  the same as records
balanced           weights of items under which captions alone are at chance
balanced_view      those of a benchmark
half_truths        a true description against the same with one wrong attribute
detection          detectors, alone and with a head, on the same regions
clips              retrieval of events and clips, and verbs
attributes         which attributes a caption names, and two of them exchanged
overlap            captions and images shared by training and test
"""
