"""Open-vocabulary detectors: an image and captions go in, boxes and a score of every caption for each box come out.

detector        Detector, the protocol; Detections; the settings that change figures
load            load_detector, by a Hub id, a folder or mini-owl
owl             OWL-ViT and OWLv2
noctowl         another first layer of their class head, from where NoctOWL was published
grounding_dino  GroundingDINO, MM-GroundingDINO, LLMDet
omdet           OmDet-Turbo
suppression     overlap of boxes, and non-maximum suppression
finding         the boxes of one thing, as a page proposes them
"""
