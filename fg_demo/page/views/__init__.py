"""Parts of the Compare tab, each with its components and what their events run.

answering  the question and its answer: which change asks for what
writing    one description, and its look-alikes written into the list
sampling   the samples, each a button that brings image, box and descriptions
boxes      several boxes on one image, a row a box
finding    boxes that a detector proposes
locating   where on the image a description scores high
sweeping   every value of an attribute at once
swept      what a sweep found, in words and maps
"""
