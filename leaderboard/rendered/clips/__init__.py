"""Seeds go in, short clips of drawn objects that do things come out, in VidSitu's layout for `python -m fg_demo adapt`.

verbs     what can happen: verbs, what they call their roles, and how things move
events    a clip's five events, drawn evenly
frames    the pictures of an event
frame_captions  captions of single frames, as the web has them
build     the files of a split
"""
